#include "studies/augmentation_strength.h"

#include <gtest/gtest.h>

#include "cmc/views/view_recipe.h"

namespace cmc::studies {
namespace {

/// Two augmented views, 32 × 32 × 3, of a picture of noise.
std::array<std::vector<float>, 2> two_views(double strength) {
  cv::Mat picture(32, 32, CV_8UC3);
  RandomStream noise(RandomPurpose::views, 5);
  for (int i = 0; i < 32 * 32 * 3; ++i)
    picture.data[i] = static_cast<std::uint8_t>(noise.below(256));
  const auto split = views::make_split(
      {.split = views::AugmentedOptions{}, .augmentation = augmentation_of_strength(strength)},
      {3, 32, 32}, views::Mode::train);
  std::array<std::vector<float>, 2> views;
  for (std::vector<float>& view : views) view.resize(32 * 32 * 3);
  float* const rows[] = {views[0].data(), views[1].data()};
  split->apply({.values = {picture}}, {.seed = 1, .sample = 3}, rows);
  return views;
}

TEST(AugmentationStrength, StartsWithTheSamePixels) {
  const auto [first, second] = two_views(0);
  EXPECT_EQ(first, second);
  EXPECT_FALSE(views::repaints(augmentation_of_strength(0)));
}

TEST(AugmentationStrength, EndsWithAHundredthOfTheAreaAndFullJitter) {
  const views::AugmentationOptions most = augmentation_of_strength(1),
                                   simclr = views::simclr_augmentation();
  EXPECT_NEAR(most.scale.low, 0.01, 1e-12);
  EXPECT_NEAR(most.scale.high, 0.02, 1e-12);
  EXPECT_EQ(most.hue, simclr.hue);
  EXPECT_EQ(most.grey_probability, simclr.grey_probability);
  EXPECT_EQ(most.blur_probability, simclr.blur_probability);
  const auto [first, second] = two_views(1);
  EXPECT_NE(first, second);
}

TEST(AugmentationStrength, NarrowsTheWindowAllTheWay) {
  for (int twentieths = 1; twentieths <= 20; ++twentieths) {
    const double s = twentieths / 20.0;
    const views::Interval before = augmentation_of_strength(s - 0.05).scale,
                          now = augmentation_of_strength(s).scale;
    EXPECT_LT(now.low, now.high) << s;
    EXPECT_LT(now.low, before.low) << s;
    EXPECT_LT(now.high, before.high) << s;
  }
}

}  // namespace
}  // namespace cmc::studies
