#include "cmc/views/pictures/shrink.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::noise;

/// The part of pixel i that the interval from `begin` to `end` covers.
double covered(int i, double begin, double end) {
  return std::max(0.0, std::min(end, i + 1.0) - std::max<double>(begin, i));
}

/// The mean of the area under an output pixel, in double, the slow way.
double mean_under(const cv::Mat& picture, cv::Size size, int x, int y, int channel) {
  const double width = static_cast<double>(picture.cols) / size.width;
  const double height = static_cast<double>(picture.rows) / size.height;
  double sum = 0;
  for (int j = 0; j < picture.rows; ++j) {
    const double share = covered(j, y * height, (y + 1) * height);
    if (share == 0) continue;
    const int end = std::min(picture.cols, static_cast<int>((x + 1) * width) + 1);
    for (int i = static_cast<int>(x * width); i < end; ++i)
      sum += share * covered(i, x * width, (x + 1) * width) * picture.at<cv::Vec3b>(j, i)[channel];
  }
  return sum / (width * height);
}

/// Restores the instruction set that the program chose.
class Shrink : public ::testing::Test {
 protected:
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST_F(Shrink, GivesTheMeanUnderEachPixel) {
  const cv::Mat picture = noise(61, 47, CV_8UC3);
  for (const cv::Size size : {cv::Size(60, 46), cv::Size(32, 32), cv::Size(7, 40), cv::Size(5, 3),
                              cv::Size(61, 20), cv::Size(1, 2)}) {
    cv::Mat smaller;
    shrink(picture, size, smaller);
    ASSERT_EQ(smaller.size(), size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x)
        for (int c = 0; c < 3; ++c)
          // Half a level of rounding, and what float32 and parts below a thousandth cost.
          EXPECT_NEAR(smaller.at<cv::Vec3b>(y, x)[c], mean_under(picture, size, x, y, c), 0.6);
  }
}

TEST_F(Shrink, AgreesWithOpenCvByEachInstructionSet) {
  const cv::Mat picture = noise(203, 151, CV_8UC3);
  const auto targets = hwy::SupportedAndGeneratedTargets();
  ASSERT_FALSE(targets.empty());
  RandomStream stream(RandomPurpose::made_data, 9);
  for (int i = 0; i < 40; ++i) {
    const cv::Size size(1 + static_cast<int>(stream.below(120)),
                        1 + static_cast<int>(stream.below(100)));
    // A window whose rows are not contiguous.
    const cv::Rect window(3, 2, size.width + static_cast<int>(stream.below(200 - size.width)),
                          size.height + static_cast<int>(stream.below(148 - size.height)));
    cv::Mat expected, first;
    cv::resize(picture(window), expected, size, 0, 0, cv::INTER_AREA);
    for (const std::int64_t target : targets) {
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      cv::Mat smaller;
      shrink(picture(window), size, smaller);
      // Bit for bit where OpenCV is built without fused products, as Debian's is.
      EXPECT_LE(cv::norm(smaller, expected, cv::NORM_INF), 1);
      if (first.empty()) first = smaller.clone();
      EXPECT_EQ(cv::norm(smaller, first, cv::NORM_INF), 0) << hwy::TargetName(target);
    }
  }
}

TEST_F(Shrink, LeavesOtherTypesToOpenCv) {
  for (const int type : {CV_8UC1, CV_16UC3, CV_16UC1}) {
    const cv::Mat picture = noise(61, 47, type);
    cv::Mat smaller, expected;
    shrink(picture, {32, 32}, smaller);
    cv::resize(picture, expected, {32, 32}, 0, 0, cv::INTER_AREA);
    EXPECT_EQ(cv::norm(smaller, expected, cv::NORM_INF), 0) << type;
  }
}

}  // namespace
}  // namespace cmc::views
