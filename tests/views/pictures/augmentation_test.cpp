#include "cmc/views/pictures/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::coded_rgb;
using test::error_of;
using test::noise;
using ::testing::HasSubstr;

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

TEST(Augmentation, NothingIsDoneByDefaultAndNothingCopied) {
  const cv::Mat image = noise(32, 32, CV_8UC3);
  RandomStream stream(RandomPurpose::views, 1);
  const Picture picture = Augmentation({}, {32, 32}, Mode::train)(image, stream);
  EXPECT_EQ(picture.pixels.data, image.data);
  EXPECT_EQ(picture.direction, Direction::forward);
}

TEST(Augmentation, EvaluationCutsTheCentre) {
  // 64 × 48 to 32 × 32: the largest window is 48 × 48, 224/256 of it 42 × 42, at (11, 3).
  const cv::Mat image = coded_rgb(64, 48);
  RandomStream stream(RandomPurpose::views, 1);
  const AugmentationOptions all{.crop = Crop::random_resized, .flip_probability = 1};
  const Picture picture = Augmentation(all, {32, 32}, Mode::evaluate)(image, stream);
  ASSERT_EQ(picture.pixels.size(), cv::Size(32, 32));
  EXPECT_EQ(picture.direction, Direction::forward);
  const auto first = picture.pixels.at<cv::Vec3b>(0, 0),
             last = picture.pixels.at<cv::Vec3b>(31, 31);
  EXPECT_NEAR(first[0], 11, 1);
  EXPECT_NEAR(first[1], 3, 1);
  EXPECT_NEAR(last[0], 11 + 41, 1);
  EXPECT_NEAR(last[1], 3 + 41, 1);
}

TEST(Augmentation, WindowsAreWithinScaleAndRatio) {
  // The window's place and size are read off a picture of coordinates.
  const cv::Mat image = coded_rgb(200, 150);
  const AugmentationOptions options{.crop = Crop::random_resized, .scale = {0.2, 1.0}};
  const Augmentation augmentation(options, {20, 20}, Mode::train);
  double least = 1, greatest = 0, area_sum = 0;
  constexpr int n = 2000;
  for (int i = 0; i < n; ++i) {
    RandomStream stream(RandomPurpose::views, 5, 0, i);
    const cv::Mat pixels = augmentation(image, stream).pixels;
    const auto &first = pixels.at<cv::Vec3b>(0, 0), &last = pixels.at<cv::Vec3b>(19, 19);
    // Pixel centres: 19 steps of a twentieth of the window.
    const double width = (last[0] - first[0]) * 20.0 / 19.0,
                 height = (last[1] - first[1]) * 20.0 / 19.0;
    const double area = width * height / (200.0 * 150.0);
    least = std::min(least, area);
    greatest = std::max(greatest, area);
    area_sum += area;
    EXPECT_GT(width / height, 0.75 - 0.06);
    EXPECT_LT(width / height, 4.0 / 3.0 + 0.09);
  }
  EXPECT_NEAR(least, 0.2, 0.02);
  EXPECT_GT(greatest, 0.9);
  EXPECT_LE(greatest, 1.02);
  EXPECT_NEAR(area_sum / n, 0.55, 0.08);  // a little less than uniform: large windows may not fit
}

TEST(Augmentation, PadAndShiftMovesByUpToThePadding) {
  const cv::Mat image = coded_rgb(12, 10);  // B is 100 inside
  const Augmentation augmentation({.crop = Crop::pad_and_shift, .padding = 2}, {12, 10},
                                  Mode::train);
  std::array<std::array<int, 5>, 5> seen{};
  for (int i = 0; i < 500; ++i) {
    RandomStream stream(RandomPurpose::views, 6, 0, i);
    const cv::Mat pixels = augmentation(image, stream).pixels;
    const auto& middle = pixels.at<cv::Vec3b>(5, 6);
    const int dx = 6 - middle[0], dy = 5 - middle[1];
    ASSERT_LE(std::abs(dx), 2);
    ASSERT_LE(std::abs(dy), 2);
    ++seen[dy + 2][dx + 2];
    for (int y = 0; y < 10; ++y) {
      for (int x = 0; x < 12; ++x) {
        const bool inside = x - dx >= 0 && x - dx < 12 && y - dy >= 0 && y - dy < 10;
        const auto expected = inside ? image.at<cv::Vec3b>(y - dy, x - dx) : cv::Vec3b(0, 0, 0);
        ASSERT_EQ(pixels.at<cv::Vec3b>(y, x), expected);
      }
    }
  }
  for (const auto& line : seen) {
    for (const int count : line) EXPECT_GT(count, 0);
  }
}

TEST(Augmentation, GreyComesAtItsProbabilityAndLeavesTheDataAlone) {
  const cv::Mat image = noise(16, 16, CV_8UC3);
  const cv::Mat before = image.clone();
  const Augmentation augmentation({.grey_probability = 0.2}, {16, 16}, Mode::train);
  int greys = 0;
  for (int i = 0; i < 1000; ++i) {
    RandomStream stream(RandomPurpose::views, 7, 0, i);
    const auto pixel = augmentation(image, stream).pixels.at<cv::Vec3b>(3, 4);
    greys += pixel[0] == pixel[1] && pixel[1] == pixel[2];
  }
  EXPECT_NEAR(greys, 200, 55);
  EXPECT_TRUE(same(image, before));
}

TEST(Augmentation, BrightnessIsUniformAroundOne) {
  // A picture of 100s: its value tells the factor, which is uniform in [0.6, 1.4].
  const cv::Mat image(4, 4, CV_8UC3, cv::Scalar::all(100));
  const Augmentation augmentation({.jitter_probability = 1, .brightness = 0.4}, {4, 4},
                                  Mode::train);
  double sum = 0, squares = 0, least = 255, greatest = 0;
  constexpr int n = 2000;
  for (int i = 0; i < n; ++i) {
    RandomStream stream(RandomPurpose::views, 8, 0, i);
    const double factor = augmentation(image, stream).pixels.at<cv::Vec3b>(0, 0)[0] / 100.0;
    sum += factor;
    squares += factor * factor;
    least = std::min(least, factor);
    greatest = std::max(greatest, factor);
  }
  EXPECT_NEAR(sum / n, 1, 0.02);
  EXPECT_NEAR(squares / n - std::pow(sum / n, 2), 0.8 * 0.8 / 12, 0.004);
  EXPECT_GE(least, 0.595);
  EXPECT_LE(greatest, 1.405);
}

TEST(Augmentation, BlurSmoothsAtItsProbability) {
  const cv::Mat image = noise(40, 40, CV_8UC1);
  const Augmentation augmentation({.blur_probability = 0.5, .blur_sigma = {1, 2}}, {40, 40},
                                  Mode::train);
  int blurred = 0;
  for (int i = 0; i < 300; ++i) {
    RandomStream stream(RandomPurpose::views, 9, 0, i);
    cv::Scalar mean, deviation;
    cv::meanStdDev(augmentation(image, stream).pixels, mean, deviation);
    blurred += deviation[0] < 50;  // of uniform noise: 74
  }
  EXPECT_NEAR(blurred, 150, 40);
}

TEST(Augmentation, IsAFunctionOfTheKey) {
  const cv::Mat image = noise(40, 30, CV_8UC3);
  const Augmentation augmentation({.crop = Crop::random_resized, .flip_probability = 0.5}, {16, 16},
                                  Mode::train);
  const RandomKey key{.seed = 1, .epoch = 2, .sample = 3},
      other{.seed = 1, .epoch = 3, .sample = 3};
  const auto pixels = [&](RandomStream stream) {
    return augmentation(image, stream).pixels.clone();
  };
  EXPECT_TRUE(same(pixels(key.stream(0)), pixels(key.stream(0))));
  EXPECT_FALSE(same(pixels(key.stream(0)), pixels(key.stream(1))));
  EXPECT_FALSE(same(pixels(key.stream(0)), pixels(other.stream(0))));
}

TEST(Augmentation, OptionsOutOfRangeAreNamed) {
  const auto message = [](AugmentationOptions options) {
    return error_of([&] { Augmentation(options, {32, 32}, Mode::train); });
  };
  EXPECT_THAT(message({.scale = {0.2, 1.5}}), HasSubstr("augmentation.scale = [0.2, 1.5]"));
  EXPECT_THAT(message({.scale = {0, 1}}), HasSubstr("(0, 1]"));
  EXPECT_THAT(message({.ratio = {2, 1}}), HasSubstr("augmentation.ratio = [2, 1]"));
  EXPECT_THAT(message({.crop = Crop::pad_and_shift, .padding = 33}), HasSubstr("[1, 32]"));
  EXPECT_THAT(message({.flip_probability = -0.1}), HasSubstr("flip_probability = -0.1"));
  EXPECT_THAT(message({.flip_probability = NAN}), HasSubstr("flip_probability"));
  EXPECT_THAT(message({.brightness = -1}), HasSubstr("augmentation.brightness = -1"));
  EXPECT_THAT(message({.hue = 0.6}), HasSubstr("hue = 0.6: it must be within [0, 0.5]"));
  EXPECT_THAT(message({.grey_probability = 2}), HasSubstr("grey_probability = 2"));
  EXPECT_THAT(message({.blur_sigma = {0, 1}}), HasSubstr("blur_sigma = [0, 1]"));
  EXPECT_THAT(error_of([] { crop("centre"); }), HasSubstr("random_resized"));
  EXPECT_EQ(crop(name(Crop::pad_and_shift)), Crop::pad_and_shift);
}

}  // namespace
}  // namespace cmc::views
