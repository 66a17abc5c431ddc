#include "cmc/views/alike.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/views/sources/source_views.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using ::testing::ElementsAre;

std::vector<std::size_t> alike_of(const SplitOptions& split) {
  return first_alike(*make_split({.split = split}, {3, 32, 32}, Mode::evaluate));
}

TEST(Alike, AugmentedViewsAreThatAloneInEvaluation) {
  EXPECT_THAT(alike_of(AugmentedOptions{.views = 3}), ElementsAre(0, 0, 0));
  EXPECT_THAT(alike_of(HalvesOptions{}), ElementsAre(0, 1));
  EXPECT_THAT(alike_of(ColorOptions{}), ElementsAre(0, 1));
  EXPECT_THAT(alike_of(QuadrantsOptions{}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(alike_of(FrequencyOptions{}), ElementsAre(0, 1));
  EXPECT_THAT(alike_of(PatchesOptions{.size = 16, .distance = 8}), ElementsAre(0, 1));
  EXPECT_THAT(alike_of(PatchesOptions{.size = 16, .distance = 0}), ElementsAre(0, 0));
}

TEST(Alike, ViewsOfOneSourceMayBe) {
  const ViewRecipe whole{.split = WholeOptions{}, .size = 16},
      large{.split = WholeOptions{}, .size = 24};
  const data::Source picture{.name = "photo", .shape = {3, 32, 32}};
  const auto transform = make_source_views({{.name = "a", .source = 0, .options = whole},
                                            {.name = "b", .source = 1, .options = whole},
                                            {.name = "c", .source = 0, .options = large},
                                            {.name = "d", .source = 0, .options = whole}},
                                           {picture, picture}, Mode::evaluate, {});
  EXPECT_THAT(first_alike(*transform), ElementsAre(0, 1, 2, 0));
}

TEST(Redrawn, AugmentsAsTrainingDoesWithOtherDraws) {
  const std::shared_ptr<const Split> training =
      make_split({.split = AugmentedOptions{}}, {3, 32, 32}, Mode::train);
  const auto measured = redrawn(training);
  const data::Sample sample{.index = 3, .values = {test::noise(32, 32, CV_8UC3)}};
  const auto rows = [&](const data::Transform& transform) {
    std::vector<std::vector<float>> views(2, std::vector<float>(3 * 32 * 32));
    float* const pointers[] = {views[0].data(), views[1].data()};
    transform.apply(sample, {.seed = 1, .epoch = 0, .sample = 3}, pointers);
    return views;
  };
  const auto own = rows(*measured);
  EXPECT_NE(own[0], own[1]);                 // two augmentations
  EXPECT_NE(own[0], rows(*training)[0]);     // none that training sees
  EXPECT_EQ(own, rows(*redrawn(training)));  // and the same each time
}

}  // namespace
}  // namespace cmc::views
