#include "cmc/views/view_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::error_of;
using test::noise;
using test::views_of;
using ::testing::HasSubstr;

TEST(ViewRecipe, KindsAreFoundByName) {
  for (const std::string_view kind_name : split_kinds()) {
    EXPECT_EQ(kind(split_of_kind(kind_name)), kind_name);
  }
  EXPECT_EQ(kind(FrequencyOptions{}), "frequency");
  EXPECT_EQ(kind(HalvesOptions{}), "halves");
  EXPECT_THAT(error_of([] { split_of_kind("colour"); }), HasSubstr("color, channels"));
}

TEST(ViewRecipe, SizeIsRequiredWherePicturesDiffer) {
  const ViewRecipe recipe{.split = HalvesOptions{}};
  EXPECT_THAT(error_of([&] {
                make_split(recipe, {3, 0, 0}, Mode::train);
              }),
              HasSubstr("views.size = 0"));
  EXPECT_THAT(error_of([&] {
                make_split({.size = -1}, {3, 32, 32}, Mode::train);
              }),
              HasSubstr("views.size = -1"));
  EXPECT_THAT(error_of([&] {
                make_split(recipe, {4, 32, 32}, Mode::train);
              }),
              HasSubstr("4 channels"));
  const auto transform = make_split({.size = 96}, {3, 0, 0}, Mode::train);
  EXPECT_EQ(transform->views()[1].height, 96);
}

TEST(ViewRecipe, EvaluationMayHaveASizeOfItsOwn) {
  const auto side = [](std::int64_t size, std::int64_t evaluation_size, Mode mode) {
    return make_split({.size = size, .evaluation_size = evaluation_size}, {3, 32, 32}, mode)
        ->views()[0]
        .width;
  };
  EXPECT_EQ(side(24, 32, Mode::train), 24);
  EXPECT_EQ(side(24, 32, Mode::evaluate), 32);
  EXPECT_EQ(side(24, 0, Mode::evaluate), 24);
  EXPECT_EQ(side(0, 40, Mode::evaluate), 40);
  EXPECT_EQ(side(0, 40, Mode::train), 32);
  EXPECT_THAT(error_of([&] { side(24, -1, Mode::train); }), HasSubstr("evaluation_size = -1"));
}

TEST(ViewRecipe, OptionsOutOfRangeAreNamed) {
  const auto message = [](ViewRecipe recipe) {
    return error_of([&] { make_split(recipe, {3, 32, 32}, Mode::train); });
  };
  EXPECT_THAT(message({.split = FrequencyOptions{.sigma = 0}}), HasSubstr("frequency.sigma = 0"));
  EXPECT_THAT(message({.split = PatchesOptions{.size = 33}}), HasSubstr("patches.size = 33"));
  EXPECT_THAT(message({.split = PatchesOptions{.size = 20, .distance = 13}}), HasSubstr("[0, 12]"));
  EXPECT_THAT(message({.split = AugmentedOptions{.views = 1}}), HasSubstr("augmented.views = 1"));
  EXPECT_THAT(message({.normalization = {.mean = {1, 2}}}),
              HasSubstr("normalization.mean has 2 numbers"));
  EXPECT_THAT(message({.normalization = {.deviation = {0}}}),
              HasSubstr("normalization.deviation = 0"));
}

TEST(ViewRecipe, DefaultNormalisationFillsTheUnitRange) {
  cv::Mat extremes(1, 8, CV_8UC3);
  for (int i = 0; i < 8; ++i) {
    extremes.at<cv::Vec3b>(0, i) = {static_cast<std::uint8_t>(i & 1 ? 255 : 0),
                                    static_cast<std::uint8_t>(i & 2 ? 255 : 0),
                                    static_cast<std::uint8_t>(i & 4 ? 255 : 0)};
  }
  for (int i = 0; i < color_spaces; ++i) {
    const auto space = static_cast<ColorSpace>(i);
    for (const auto& row : views_of({.split = ColorOptions{.space = space}}, extremes)) {
      for (const float value : row) {
        EXPECT_GE(value, -1.001f) << describe(space).name;
        EXPECT_LE(value, 1.001f) << describe(space).name;
      }
      EXPECT_GT(*std::max_element(row.begin(), row.end()), 0.6f);
    }
  }
}

TEST(ViewRecipe, ViewsAreAFunctionOfTheKeyAndNotOfTheThread) {
  const ViewRecipe recipe{
      .split = ColorOptions{},
      .augmentation = AugmentationOptions{.crop = Crop::random_resized, .flip_probability = 0.5}};
  const cv::Mat image = noise(32, 32, CV_8UC3);
  const RandomKey key{.seed = 9, .epoch = 1, .sample = 4};
  const auto here = views_of(recipe, image, key);
  views_of(recipe, noise(32, 32, CV_8UC3, 2), {.seed = 9, .epoch = 1, .sample = 5});
  std::vector<std::vector<float>> there;
  std::thread([&] { there = views_of(recipe, image, key); }).join();
  EXPECT_EQ(here, there);
  EXPECT_EQ(here, views_of(recipe, image, key));
  EXPECT_NE(here, views_of(recipe, image, {.seed = 9, .epoch = 2, .sample = 4}));
}

TEST(ViewRecipe, ViewsShareAnAugmentationOrHaveTheirOwn) {
  // Red, green and blue of a grey picture are the same, so that the views R | GB of one window are.
  cv::Mat picture;
  cv::cvtColor(noise(32, 32, CV_8UC1), picture, cv::COLOR_GRAY2RGB);
  const auto same_window = [&](bool shared, std::uint64_t sample, Mode mode = Mode::train) {
    const auto views = views_of(
        {.split = ColorOptions{.space = ColorSpace::rgb},
         .augmentation =
             AugmentationOptions{.shared = shared, .crop = Crop::pad_and_shift, .padding = 16}},
        picture, {.sample = sample}, mode);
    for (std::size_t i = 0; i < views[0].size(); ++i) {
      EXPECT_EQ(views[1][2 * i], views[1][2 * i + 1]);  // G and B are one view
      if (views[0][i] != views[1][2 * i]) return false;
    }
    return true;
  };
  int alike = 0;
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    EXPECT_TRUE(same_window(true, sample));
    EXPECT_TRUE(same_window(false, sample, Mode::evaluate));
    alike += same_window(false, sample) ? 1 : 0;
  }
  EXPECT_LE(alike, 2);  // of 33 × 33 shifts
}

}  // namespace
}  // namespace cmc::views
