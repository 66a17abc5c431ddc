#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "cmc/views/sources/source_views.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::noise;

std::vector<std::vector<float>> rows_of(const data::Transform& transform,
                                        const data::Sample& sample, const RandomKey& key) {
  std::vector<std::vector<float>> rows;
  std::vector<float*> pointers;
  for (const data::ViewShape& view : transform.views())
    rows.emplace_back(static_cast<std::size_t>(view.numel()));
  for (auto& row : rows) pointers.push_back(row.data());
  transform.apply(sample, key, pointers);
  return rows;
}

/// Compares the views of the part of a picture that a transform asks for with those of all of it,
/// and returns the mean share of the pixels that it asks for.
double share_asked_for(const data::Transform& transform) {
  const cv::Mat picture = noise(90, 70, CV_8UC3);
  double share = 0;
  constexpr int n = 20;
  for (std::uint64_t i = 0; i < n; ++i) {
    const RandomKey key{.purpose = RandomPurpose::views, .seed = 4, .sample = i};
    const data::Cutout cutout = transform.cutout(0, picture.size(), key);
    EXPECT_EQ(cutout.coarseness, 1);
    data::Sample part{.index = 0, .values = {picture(cutout.window).clone()}};
    part.extents = {{.first = cutout.window.x,
                     .length = picture.cols,
                     .top = cutout.window.y,
                     .height = picture.rows}};
    EXPECT_EQ(rows_of(transform, part, key),
              rows_of(transform, {.index = 0, .values = {picture}}, key));
    share += static_cast<double>(cutout.window.area()) / picture.size().area() / n;
  }
  return share;
}

ViewRecipe recipe_of(const std::string& kind, bool shared, Crop crop) {
  return {.split = split_of_kind(kind),
          .augmentation = AugmentationOptions{.shared = shared,
                                              .crop = crop,
                                              .flip_probability = 0.5,
                                              .brightness = 0.4,
                                              .grey_probability = 0.2},
          .size = 32};
}

TEST(Cutout, HoldsAllThatASplitLooksAt) {
  for (const std::string_view kind : split_kinds()) {
    for (const bool shared : {true, false}) {
      for (const Crop crop : {Crop::none, Crop::random_resized, Crop::pad_and_shift}) {
        for (const Mode mode : {Mode::train, Mode::evaluate}) {
          const ViewRecipe recipe = recipe_of(std::string(kind), shared, crop);
          EXPECT_LT(share_asked_for(*make_split(recipe, {3, 0, 0}, mode)), 1.0) << kind;
        }
      }
    }
  }
}

TEST(Cutout, OfTheCentreIsTheCentre) {
  // 90 × 70 to 32 × 32: the largest window is 70 × 70, 224/256 of it 61 × 61, at (14, 4).
  const auto split = make_split(recipe_of("color", true, Crop::none), {3, 0, 0}, Mode::evaluate);
  EXPECT_EQ(split->cutout(0, {90, 70}, {}).window, cv::Rect(14, 4, 61, 61));
}

TEST(Cutout, OfSeveralViewsOfOneSourceHoldsEach) {
  const std::vector<data::Source> sources = {
      {.name = "photo", .kind = data::SourceKind::image, .shape = {3, 0, 0}}};
  const auto views =
      make_source_views({{"a", 0, recipe_of("color", true, Crop::random_resized)},
                         {"b", 0, recipe_of("augmented", true, Crop::random_resized)}},
                        sources, Mode::train, {});
  EXPECT_LE(share_asked_for(*views), 1.0);
}

TEST(Cutout, IsAsCoarseAsLeavesTheWindowTheOutputsSize) {
  ViewRecipe recipe = recipe_of("color", true, Crop::none);
  recipe.augmentation->coarse = true;
  const auto split = make_split(recipe, {3, 0, 0}, Mode::evaluate);
  const auto coarseness = [&](cv::Size size) { return split->cutout(0, size, {}).coarseness; };
  // The window's sides are 7/8 of the picture's; the view's are 32.
  EXPECT_EQ(coarseness({40, 40}), 1);
  EXPECT_EQ(coarseness({72, 72}), 1);
  EXPECT_EQ(coarseness({74, 100}), 2);
  EXPECT_EQ(coarseness({150, 147}), 4);
  EXPECT_EQ(coarseness({4000, 3000}), 8);
}

TEST(Cutout, OfACoarsePictureIsTheSamePlace) {
  // A ramp: coarse pixels are the means of what they stand for.
  cv::Mat picture(240, 320, CV_8UC3), coarse;
  for (int y = 0; y < picture.rows; ++y)
    for (int x = 0; x < picture.cols; ++x)
      picture.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x / 2),
                                     static_cast<std::uint8_t>(y / 2), 100};
  cv::resize(picture, coarse, {160, 120}, 0, 0, cv::INTER_AREA);
  ViewRecipe recipe = recipe_of("whole", true, Crop::random_resized);
  recipe.augmentation = AugmentationOptions{.crop = Crop::random_resized, .flip_probability = 0.5};
  recipe.normalization = test::as_stored();
  const auto split = make_split(recipe, {3, 0, 0}, Mode::train);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const RandomKey key{.purpose = RandomPurpose::views, .seed = 4, .sample = i};
    data::Sample sample{.index = 0, .values = {coarse}};
    sample.extents = {{.first = 0, .length = 320, .top = 0, .height = 240, .coarseness = 2}};
    const auto found = rows_of(*split, sample, key);
    const auto due = rows_of(*split, {.index = 0, .values = {picture}}, key);
    for (std::size_t k = 0; k < due[0].size(); ++k) ASSERT_NEAR(found[0][k], due[0][k], 2.0);
  }
}

}  // namespace
}  // namespace cmc::views
