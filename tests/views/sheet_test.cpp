#include "cmc/views/sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "cmc/data/unreadable.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::error_of;
using test::noise;
using ::testing::HasSubstr;

/// Noise pictures of two classes.
class Noise : public data::Dataset {
 public:
  Noise(int type, int width, int height)
      : type_(type),
        width_(width),
        height_(height),
        sources_{{.shape = {CV_MAT_CN(type), height, width}}} {}

  std::int64_t size() const override { return 4; }
  data::Sample get(std::int64_t index) const override {
    return {
        index, label(index), {noise(width_, height_, type_, static_cast<std::uint64_t>(index))}};
  }
  std::int64_t label(std::int64_t index) const override { return index % 2; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  int type_, width_, height_;
  std::vector<data::Source> sources_;
  std::vector<std::string> classes_ = {"hat", "shoe"};
};

double greatest_difference(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() ? cv::norm(a, b, cv::NORM_INF) : 1e9;
}

TEST(Sheet, HalvesAreShownAsTheyAre) {
  const Noise data(CV_8UC3, 8, 6);
  const auto split =
      make_split({.split = HalvesOptions{}}, data.sources()[0].shape, Mode::evaluate);
  const data::Sample sample = data.get(1);
  EXPECT_LE(greatest_difference(view_of(*split, sample, 1), sample.values[0](cv::Rect(4, 0, 4, 6))),
            1);
  EXPECT_THAT(error_of([&] { view_of(*split, sample, 2); }), HasSubstr("view 2"));
}

TEST(Sheet, DeepPicturesAreBroughtToEightBits) {
  data::Sample sample{.index = 0, .values = {cv::Mat(2, 2, CV_16UC1, cv::Scalar(257 * 90))}};
  const cv::Mat shown = picture_of(sample.values[0]);
  EXPECT_EQ(shown.type(), CV_8UC3);
  EXPECT_EQ(shown.at<cv::Vec3b>(1, 1), cv::Vec3b(90, 90, 90));
}

TEST(Sheet, LightnessIsGreyAndColourHasTheHue) {
  data::Sample sample{.index = 0, .values = {cv::Mat(2, 2, CV_8UC3, cv::Scalar(200, 40, 40))}};
  const auto split = make_split({.split = ColorOptions{}}, {3, 2, 2}, Mode::evaluate);
  const auto grey = view_of(*split, sample, 0).at<cv::Vec3b>(0, 0);
  EXPECT_EQ(grey[0], grey[1]);
  EXPECT_EQ(grey[1], grey[2]);
  EXPECT_NEAR(grey[0], 255 * 0.435, 8);  // L of this red is 43
  const auto colour = view_of(*split, sample, 1).at<cv::Vec3b>(0, 0);
  EXPECT_GT(colour[0], colour[1] + 80);
  EXPECT_NEAR(colour[1], colour[2], 40);
}

TEST(Sheet, HighFrequenciesStandAroundMidGrey) {
  data::Sample flat{.index = 0, .values = {cv::Mat(9, 9, CV_8UC1, cv::Scalar(230))}};
  const auto split = make_split({.split = FrequencyOptions{}}, {1, 9, 9}, Mode::evaluate);
  EXPECT_EQ(view_of(*split, flat, 1).at<cv::Vec3b>(4, 4), cv::Vec3b(128, 128, 128));
  EXPECT_EQ(view_of(*split, flat, 0).at<cv::Vec3b>(4, 4), cv::Vec3b(230, 230, 230));
}

TEST(Sheet, HoldsEachPictureEnlargedByAWholeFactor) {
  const Noise data(CV_8UC1, 8, 8);
  const auto split =
      make_split({.split = HalvesOptions{}}, data.sources()[0].shape, Mode::evaluate);
  const cv::Mat canvas = sheet(data, *split, {0, 3}, {.cell = 32});
  ASSERT_EQ(canvas.type(), CV_8UC3);
  for (const std::int64_t index : {0, 3}) {
    cv::Mat expected;
    cv::resize(picture_of(data.get(index).values[0]), expected, {32, 32}, 0, 0, cv::INTER_NEAREST);
    cv::Mat difference;
    cv::matchTemplate(canvas, expected, difference, cv::TM_SQDIFF);
    double least = 0;
    cv::minMaxLoc(difference, &least);
    EXPECT_LT(least, 32 * 32 * 3 * 0.5) << index;
  }
  EXPECT_THAT(error_of([&] { sheet(data, *split, {4}); }), HasSubstr("sample 4"));
  EXPECT_THAT(error_of([&] { sheet(data, *split, {0}, {.cell = 1}); }), HasSubstr("cell = 1"));
}

TEST(Sheet, LetsAPageThroughAroundItsPictures) {
  const Noise data(CV_8UC1, 8, 8);
  const auto split =
      make_split({.split = HalvesOptions{}}, data.sources()[0].shape, Mode::evaluate);
  const cv::Mat canvas = sheet(data, *split, {0}, {.cell = 32, .transparent = true});
  ASSERT_EQ(canvas.type(), CV_8UC4);
  EXPECT_EQ(canvas.at<cv::Vec4b>(0, 0)[3], 0);
  std::vector<cv::Mat> channels;
  cv::split(canvas, channels);
  cv::Mat pictures, expected;
  cv::cvtColor(canvas, pictures, cv::COLOR_RGBA2RGB);
  cv::resize(picture_of(data.get(0).values[0]), expected, {32, 32}, 0, 0, cv::INTER_NEAREST);
  cv::Mat difference;
  cv::matchTemplate(pictures, expected, difference, cv::TM_SQDIFF);
  double least = 0;
  cv::Point at;
  cv::minMaxLoc(difference, &least, nullptr, &at);
  EXPECT_LT(least, 32 * 32 * 3 * 0.5);
  EXPECT_EQ(cv::countNonZero(channels[3](cv::Rect(at, cv::Size(32, 32))) == 255), 32 * 32);
}

TEST(Sheet, LeavesTheRowOfAnUnreadableSampleGrey) {
  class Damaged : public Noise {
   public:
    using Noise::Noise;
    data::Sample get(std::int64_t index) const override {
      if (index == 1) throw UnreadableError("cut");
      return Noise::get(index);
    }
  };
  const Damaged data(CV_8UC3, 16, 16);
  const auto split =
      make_split({.split = HalvesOptions{}}, data.sources()[0].shape, Mode::evaluate);
  const cv::Mat damaged = sheet(data, *split, {0, 1}, {.cell = 64});
  const cv::Mat whole = sheet(Noise(CV_8UC3, 16, 16), *split, {0, 1}, {.cell = 64});
  EXPECT_EQ(damaged.rows, whole.rows);
  EXPECT_GT(greatest_difference(damaged, whole(cv::Rect(cv::Point(), damaged.size()) &
                                               cv::Rect(cv::Point(), whole.size()))),
            0);
}

TEST(Sheet, ShowsTrainingAsItIsDrawn) {
  const Noise data(CV_8UC3, 8, 8);
  const auto split =
      make_split({.split = AugmentedOptions{}}, data.sources()[0].shape, Mode::train);
  const cv::Mat a = sheet(data, *split, {0}, {.seed = 1});
  EXPECT_EQ(greatest_difference(a, sheet(data, *split, {0}, {.seed = 1})), 0);
  EXPECT_GT(greatest_difference(a, sheet(data, *split, {0}, {.seed = 2})), 0);
}

}  // namespace
}  // namespace cmc::views
