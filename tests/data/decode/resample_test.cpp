#include "cmc/data/decode/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {
namespace {

cv::Mat tone_of(double hertz, int rate, int length) {
  cv::Mat sound(1, length, CV_32FC1);
  for (int t = 0; t < length; ++t)
    sound.at<float>(0, t) = static_cast<float>(std::sin(2 * std::numbers::pi * hertz * t / rate));
  return sound;
}

TEST(Resample, KeepsATonesFrequencyAndCutsWhatDoesNotFit) {
  const std::vector<std::pair<int, int>> rates = {{8000, 16000}, {44100, 16000}, {16000, 8000}};
  for (const auto& [from, to] : rates) {
    const cv::Mat found = resample(tone_of(700, from, from / 4), from, to);
    EXPECT_NEAR(found.cols, to / 4, 1);
    const cv::Mat expected = tone_of(700, to, found.cols);
    double worst = 0;
    for (int t = 400; t < found.cols - 400; ++t)
      worst = std::max<double>(worst, std::abs(found.at<float>(0, t) - expected.at<float>(0, t)));
    EXPECT_LT(worst, 2e-3) << from << " to " << to;
  }
  const cv::Mat gone = resample(tone_of(6000, 16000, 4000), 16000, 8000);
  EXPECT_LT(cv::norm(gone.colRange(200, 1800), cv::NORM_INF), 1e-3);
}

TEST(Resample, RefusesWhatIsTooLong) {
  EXPECT_THROW(resample(cv::Mat(1, 200'000, CV_32FC1, cv::Scalar(0)), 1, 16'000), Error);
}

// A cut piece's edges differ from the whole's unless the samples that the filter reaches are there.
TEST(Resample, MakesTheSamplesOfTheWholeFromAnExcerptBitForBit) {
  constexpr int length = 5000;
  for (const auto& [from, to] : {std::pair{8000, 16000}, {44100, 16000}, {16000, 16000}}) {
    const cv::Mat sound = tone_of(313, from, length);
    const cv::Mat whole = resample(sound, from, to);
    const std::int64_t made = resampled_length(length, from, to);
    ASSERT_EQ(whole.cols, made);
    for (const Stretch& wanted : {Stretch{0, 1}, Stretch{0, made}, Stretch{made - 1, 1},
                                  Stretch{3, 40}, Stretch{made / 2, 333}}) {
      const Stretch support = resample_support(wanted, length, from, to);
      const cv::Mat part =
          sound.colRange(static_cast<int>(support.first), static_cast<int>(support.end()));
      const cv::Mat found = resample({part.clone(), {support.first, length}}, wanted, from, to);
      ASSERT_EQ(found.cols, wanted.count);
      const cv::Mat due =
          whole.colRange(static_cast<int>(wanted.first), static_cast<int>(wanted.end()));
      EXPECT_EQ(cv::norm(found, due, cv::NORM_INF), 0)
          << from << " to " << to << " at " << wanted.first;
    }
    EXPECT_LT(resample_support({made / 2, 10}, length, from, to).count, 300);
    EXPECT_THROW(resample({sound.colRange(1, 9), {1, length}}, {0, 9}, from, to), Error);
  }
}

}  // namespace
}  // namespace cmc::data
