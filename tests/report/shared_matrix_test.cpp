#include "cmc/report/shared_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace cmc::report {
namespace {

using evaluation::InformationMeasurement;
using testing::HasSubstr;
using testing::Not;

const double bit = std::log(2.0);

/// Both directions of a pair with bounds in bits at k = 15 and, higher by 1, at `k`.
void add_pair(InformationMeasurement& measured, const std::string& a, const std::string& b,
              double there, double back, std::int64_t k = 31) {
  for (const bool first : {true, false}) {
    evaluation::PairInformation pair;
    pair.from = first ? a : b;
    pair.to = first ? b : a;
    const double bits = first ? there : back;
    for (const auto& [negatives, bound] : {std::pair{std::int64_t{15}, bits}, {k, bits + 1}}) {
      evaluation::InformationPoint point;
      point.k = negatives;
      point.tight_bound = bound * bit;
      pair.points.push_back(point);
    }
    measured.pairs.push_back(pair);
  }
}

/// a and c share most, then b and d; b–c, which fewer samples have, was measured up to k = 20.
InformationMeasurement four_views() {
  InformationMeasurement measured;
  add_pair(measured, "a", "b", 0.5, 1.5);
  add_pair(measured, "a", "c", 3, 2);
  add_pair(measured, "a", "d", -2, -2);
  add_pair(measured, "b", "c", 3.5, 3.5, 20);
  add_pair(measured, "b", "d", 1, 1);
  add_pair(measured, "c", "d", 0, 0.5);
  return measured;
}

TEST(SharedMatrix, JoinsTheViewsThatShareMost) {
  // All pairs have k = 15, so that there alone the pairs compare: b and c come first.
  const auto matrix = shared_matrix(four_views());
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->k, 15);
  EXPECT_DOUBLE_EQ(matrix->ceiling, 4);
  ASSERT_EQ(matrix->linkage.merges.size(), 3u);
  const auto place = [&](const char* view) {
    return static_cast<std::size_t>(std::ranges::find(matrix->views, view) - matrix->views.begin());
  };
  EXPECT_DOUBLE_EQ(matrix->bits[place("a")][place("b")], 0.5);  // from the row to the column
  EXPECT_DOUBLE_EQ(matrix->bits[place("b")][place("a")], 1.5);
  EXPECT_TRUE(std::isnan(matrix->bits[0][0]));
  EXPECT_NEAR(matrix->linkage.merges[0].distance, 4 - 3.5, 1e-12);
  // a joins {b, c}, with the mean of 1 and 2.5, and then d with 0 (for −2), 1 and 0.25.
  EXPECT_NEAR(matrix->linkage.merges[1].distance, 4 - 1.75, 1e-12);
  EXPECT_NEAR(matrix->linkage.merges[2].distance, 4 - 1.25 / 3, 1e-12);
  const std::size_t first[] = {matrix->linkage.merges[0].left, matrix->linkage.merges[0].right};
  EXPECT_EQ(std::min(first[0], first[1]), std::min(place("b"), place("c")));
  EXPECT_EQ(std::max(first[0], first[1]), std::max(place("b"), place("c")));
}

TEST(SharedMatrix, IsOfTheKThatMostPairsHave) {
  InformationMeasurement measured = four_views();
  for (evaluation::PairInformation& pair : measured.pairs)
    if (pair.points.back().k != 20) pair.points.erase(pair.points.begin());
  const auto matrix = shared_matrix(measured);
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->k, 31);
  std::size_t unknown = 0;
  for (const auto& row : matrix->bits)
    unknown += static_cast<std::size_t>(
        std::ranges::count_if(row, [](double bits) { return std::isnan(bits); }));
  EXPECT_EQ(unknown, 4u + 2u);  // the diagonal and b–c
}

TEST(SharedMatrix, NeedsFourViews) {
  InformationMeasurement measured;
  EXPECT_FALSE(shared_matrix(measured));
  add_pair(measured, "a", "b", 1, 1);
  add_pair(measured, "b", "c", 1, 1);
  EXPECT_FALSE(shared_matrix(measured));
  add_pair(measured, "c", "d", 1, 1);
  EXPECT_TRUE(shared_matrix(measured));
}

std::ptrdiff_t count(const std::string& text, const std::string& part) {
  std::ptrdiff_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(SharedMatrix, IsDrawnWithACellAPair) {
  InformationMeasurement measured = four_views();
  for (evaluation::PairInformation& pair : measured.pairs)
    for (std::string* const name : {&pair.from, &pair.to})
      if (*name == "d") *name = "<d> & a name that is much too long for a row";
  const std::string drawn = heat_map_svg(*shared_matrix(measured));
  EXPECT_EQ(count(drawn, " → "), 12);
  EXPECT_THAT(drawn, HasSubstr("<title>a → c: 3.00 bits</title>"));
  EXPECT_THAT(drawn, HasSubstr("&lt;d&gt; &amp; a name that is much …"));
  EXPECT_THAT(drawn, Not(HasSubstr("<d>")));
  const std::string tree = tree_svg(*shared_matrix(measured));
  EXPECT_EQ(count(tree, " views: "), 3);
  EXPECT_THAT(tree, HasSubstr("<title>2 views: 3.50 bits</title>"));
  EXPECT_THAT(tree, HasSubstr("<title>4 views: 0.42 bits</title>"));
}

}  // namespace
}  // namespace cmc::report
