#include "cmc/views/pictures/photometric.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::noise;

using Triple = std::array<double, 3>;

double grey(const Triple& rgb) {
  return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
}

/// Compares every pixel with the formula, which is given the stored values in [0, 1].
template <class Formula>
void expect_pixels(const cv::Mat& before, const cv::Mat& after, double tolerance, Formula formula) {
  const bool deep = before.depth() == CV_16U;
  const double full = deep ? 65535 : 255;
  for (int y = 0; y < before.rows; ++y) {
    for (int x = 0; x < before.cols; ++x) {
      Triple in, out;
      for (int c = 0; c < 3; ++c) {
        in[c] = (deep ? before.at<cv::Vec3w>(y, x)[c] : before.at<cv::Vec3b>(y, x)[c]) / full;
        out[c] = deep ? after.at<cv::Vec3w>(y, x)[c] : after.at<cv::Vec3b>(y, x)[c];
      }
      const Triple expected = formula(in);
      for (int c = 0; c < 3; ++c) {
        ASSERT_NEAR(out[c], full * std::clamp(expected[c], 0.0, 1.0), tolerance);
      }
    }
  }
}

class Photometric : public ::testing::TestWithParam<int> {
 protected:
  const cv::Mat before = noise(17, 11, GetParam());
  cv::Mat after = before.clone();
  /// Half a step of rounding, and float32 on 16 bits.
  const double tolerance = 0.51;
};

TEST_P(Photometric, Brightness) {
  adjust_brightness(after, 1.4);
  expect_pixels(before, after, tolerance, [](Triple x) {
    return Triple{1.4 * x[0], 1.4 * x[1], 1.4 * x[2]};
  });
}

TEST_P(Photometric, Contrast) {
  double mean = 0;
  const double full = before.depth() == CV_16U ? 65535 : 255;
  for (int y = 0; y < before.rows; ++y) {
    for (int x = 0; x < before.cols; ++x) {
      Triple rgb;
      for (int c = 0; c < 3; ++c) {
        rgb[c] = (before.depth() == CV_16U ? before.at<cv::Vec3w>(y, x)[c]
                                           : before.at<cv::Vec3b>(y, x)[c]) /
                 full;
      }
      mean += grey(rgb) / (17 * 11);
    }
  }
  adjust_contrast(after, 0.3);
  expect_pixels(before, after, tolerance, [mean](Triple x) {
    return Triple{0.3 * x[0] + 0.7 * mean, 0.3 * x[1] + 0.7 * mean, 0.3 * x[2] + 0.7 * mean};
  });
}

TEST_P(Photometric, Saturation) {
  adjust_saturation(after, 1.7);
  expect_pixels(before, after, tolerance, [](Triple x) {
    const double y = grey(x);
    return Triple{1.7 * x[0] - 0.7 * y, 1.7 * x[1] - 0.7 * y, 1.7 * x[2] - 0.7 * y};
  });
}

TEST_P(Photometric, GreyIsLuma) {
  make_grey(after);
  expect_pixels(before, after, tolerance, [](Triple x) {
    return Triple{grey(x), grey(x), grey(x)};
  });
}

TEST_P(Photometric, AThirdOfATurnOfHueRotatesTheChannels) {
  adjust_hue(after, 1.0 / 3.0);
  expect_pixels(before, after, tolerance, [](Triple x) { return Triple{x[2], x[0], x[1]}; });
  after = before.clone();
  adjust_hue(after, -1.0 / 3.0);
  expect_pixels(before, after, tolerance, [](Triple x) { return Triple{x[1], x[2], x[0]}; });
  after = before.clone();
  adjust_hue(after, 0);
  expect_pixels(before, after, tolerance, [](Triple x) { return x; });
}

INSTANTIATE_TEST_SUITE_P(Depths, Photometric, ::testing::Values(CV_8UC3, CV_16UC3),
                         [](const auto& info) { return info.param == CV_8UC3 ? "8bit" : "16bit"; });

TEST(Blur, IsAGaussianOfTheGivenTaps) {
  cv::Mat image = cv::Mat::zeros(15, 15, CV_16UC1);
  image.at<std::uint16_t>(7, 7) = 65535;
  blur(image, 1.2, 2);
  double sum = 0;
  for (int d = -2; d <= 2; ++d) sum += std::exp(-d * d / (2 * 1.2 * 1.2));
  for (int dy = -3; dy <= 3; ++dy) {
    for (int dx = -3; dx <= 3; ++dx) {
      const bool within = std::abs(dx) <= 2 && std::abs(dy) <= 2;
      const double weight =
          within ? std::exp(-(dx * dx + dy * dy) / (2 * 1.2 * 1.2)) / (sum * sum) : 0;
      EXPECT_NEAR(image.at<std::uint16_t>(7 + dy, 7 + dx) / 65535.0, weight, 1e-4);
    }
  }
}

TEST(Photometric, GreyPicturesKeepTheirValuesWhereColourIsMeant) {
  const cv::Mat before = noise(8, 8, CV_8UC1);
  cv::Mat after = before.clone();
  adjust_saturation(after, 2);
  adjust_hue(after, 0.3);
  make_grey(after);
  EXPECT_EQ(cv::norm(before, after, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace cmc::views
