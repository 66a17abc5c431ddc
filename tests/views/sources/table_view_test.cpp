#include "cmc/views/sources/table_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cmc/views/sources/source_views.h"
#include "tests/views/pictures.h"
#include "tests/views/sources/things.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using test::rows_of;
using test::Things;
using ::testing::ElementsAre;

TEST(TableView, StandardisesByTheTrainingPartAndMarksWhatIsMissing) {
  const Things things;
  const std::vector<SourceView> views{{"touch", 0, TableViewOptions{}}};
  const Standardizations measured = measure(views, things);
  const Standardization& touch = measured.at("touch");
  EXPECT_THAT(touch.mean, ElementsAre(3, 7));
  EXPECT_DOUBLE_EQ(touch.deviation[0], std::sqrt(8.0 / 3));  // of 1, 3, 5, divided by n
  EXPECT_EQ(touch.deviation[1], 1);                          // constant
  EXPECT_EQ(touch.missing[0], 0.25);                         // of four rows; the fifth has none
  const auto transform = make_source_views(views, things.sources(), Mode::evaluate, measured);
  ASSERT_EQ(transform->views()[0].channels, 2 + 2 + 1);
  const auto two = static_cast<float>(2 / std::sqrt(8.0 / 3));
  // a, constant, grass, sand, a is missing
  EXPECT_THAT(rows_of(*transform, things.get(0))[0], ElementsAre(-two, 0, 1, 0, 0));
  EXPECT_THAT(rows_of(*transform, things.get(2))[0], ElementsAre(two, 0, 0, 0, 0));
  EXPECT_THAT(rows_of(*transform, things.get(4))[0], ElementsAre(0, 0, 0, 1, 1));
}

TEST(TableView, DropsColumnsAsOftenAsAskedAndOnlyInTraining) {
  const Things things;
  const std::vector<SourceView> views{{"touch", 0, TableViewOptions{.dropout = 0.3}}};
  const Standardizations measured = measure(views, things);
  const auto train = make_source_views(views, things.sources(), Mode::train, measured);
  const auto evaluate = make_source_views(views, things.sources(), Mode::evaluate, measured);
  int numbers = 0, texts = 0;
  for (std::uint64_t epoch = 0; epoch < 2000; ++epoch) {
    const auto seen = rows_of(*train, things.get(0), {.epoch = epoch})[0];
    EXPECT_EQ(seen[0] == 0, seen[4] == 1);  // a dropped column looks like a missing one
    numbers += seen[4] == 1;
    texts += seen[2] == 0;
  }
  EXPECT_NEAR(numbers, 600, 80);
  EXPECT_NEAR(texts, 600, 80);
  EXPECT_EQ(rows_of(*evaluate, things.get(0), {.epoch = 1}), rows_of(*evaluate, things.get(0)));
}

TEST(TableView, ACategoryBeyondTheListIsUnknown) {
  const auto view =
      make_view(TableViewOptions{},
                {"texts", 0, {.kind = data::SourceKind::table, .columns = {{"c", {"x", "y"}}}}},
                Mode::evaluate, Standardization{});
  for (const float place : {2.0f, 1e30f, -1.0f, std::numeric_limits<float>::infinity()}) {
    std::vector<float> row(2, 7.0f);
    float* const rows[] = {row.data()};
    view->apply({.values = {test::row({place})}}, {}, rows);
    EXPECT_EQ(row, std::vector<float>(2, 0.0f)) << place;
  }
}

}  // namespace
}  // namespace cmc::views
