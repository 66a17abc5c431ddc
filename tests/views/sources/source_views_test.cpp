#include "cmc/views/sources/source_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/views/pictures.h"
#include "tests/views/sources/things.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::error_of;
using test::rows_of;
using test::Things;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SourceViews, StandSideBySideWithDrawsOfTheirOwn) {
  const Things things;
  const std::vector<SourceView> views{{"touch", 0, TableViewOptions{.noise = 1}},
                                      {"again", 0, TableViewOptions{.noise = 1}},
                                      {"photo", 1, ViewRecipe{.split = ColorOptions{}}},
                                      {"whole", 1, ViewRecipe{.split = WholeOptions{}}}};
  const Standardizations measured = measure(views, things);
  EXPECT_EQ(measured.size(), 2u);
  const auto transform = make_source_views(views, things.sources(), Mode::train, measured);
  std::vector<std::string> names;
  std::vector<std::size_t> sources;
  for (const data::ViewShape& view : transform->views()) {
    names.push_back(view.name);
    sources.push_back(view.source);
  }
  EXPECT_THAT(names, ElementsAre("touch", "again", "photo-L", "photo-ab", "whole"));
  EXPECT_THAT(sources, ElementsAre(0, 0, 1, 1, 1));
  const auto rows = rows_of(*transform, things.get(1));
  EXPECT_NE(rows[0][0], rows[1][0]);
  EXPECT_NEAR(rows[4][0], 90 / 127.5f - 1, 1e-5);
  // Without its table a sample leaves those rows alone.
  const auto lacking = rows_of(*transform, things.get(3));
  EXPECT_EQ(lacking[0][0], -9);
  EXPECT_EQ(lacking[4], rows[4]);
}

TEST(SourceViews, AreNotMeasuredWhereANumberIsInfinite) {
  Things things;
  things.rows[2][1] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(error_of([&] {
              measure({{"touch", 0, TableViewOptions{}}}, things);
            }),
            "view \"touch\": sample \"2\" gives an infinite number, which has no mean");
}

TEST(SourceViews, RefuseNamesAndKindsThatDoNotFit) {
  const Things things;
  const auto message = [&](std::vector<SourceView> views) {
    return error_of(
        [&] { make_source_views(views, things.sources(), Mode::train, measure(views, things)); });
  };
  EXPECT_THAT(message({{"all", 0, TableViewOptions{}}}), HasSubstr("stands for all views"));
  EXPECT_THAT(message({{"a.b", 0, TableViewOptions{}}}), HasSubstr("the view name \"a.b\""));
  EXPECT_THAT(message({{"a", 0, TableViewOptions{}}, {"a", 0, TableViewOptions{}}}),
              HasSubstr("two views have the name \"a\""));
  EXPECT_THAT(message({{"a", 1, TableViewOptions{}}}),
              HasSubstr("options of the kind table, its source is of the kind image"));
  EXPECT_THAT(message({{"a", 0, TableViewOptions{.dropout = 1}}}), HasSubstr("dropout = 1"));
}

TEST(SourceViews, AreAlignedWithAnImageOfOneWindowAlone) {
  const std::vector<data::Source> sources{{.name = "color", .shape = {3, 8, 8}},
                                          {.name = "depth", .kind = SourceKind::depth}};
  const auto make = [&](const SplitOptions& split, const std::string& align_with) {
    const ViewRecipe recipe{.split = split, .size = 8};
    make_source_views({{"color", 0, recipe}, {"depth", 1, DepthViewOptions{}, align_with}}, sources,
                      Mode::train, {{"depth", {{0}, {1}, {0}}}});
  };
  EXPECT_NO_THROW(make(WholeOptions{}, "color"));
  EXPECT_THAT(error_of([&] { make(WholeOptions{}, "colour"); }),
              HasSubstr("\"colour\" is not a view; the nearest is \"color\""));
  EXPECT_THAT(error_of([&] { make(AugmentedOptions{}, "color"); }),
              HasSubstr("align_with = \"color\": an image, depth or bands can be aligned with an"));
  EXPECT_THAT(error_of([&] { make(WholeOptions{}, "depth"); }),
              HasSubstr("align_with = \"depth\": an image, depth or bands can be aligned with an"));
}

}  // namespace
}  // namespace cmc::views
