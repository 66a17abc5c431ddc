#include "cmc/information/average_linkage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::information {
namespace {

using Matrix = std::vector<std::vector<double>>;

const double nan = std::nan("");

// Five items whose tree is worked out by hand from the formula: joined at 17, 22, 28 and 33.
TEST(AverageLinkage, IsTheTextbooksTree) {
  const Matrix distances = {{0, 17, 21, 31, 23},
                            {17, 0, 30, 34, 21},
                            {21, 30, 0, 28, 39},
                            {31, 34, 28, 0, 43},
                            {23, 21, 39, 43, 0}};
  const Linkage linkage = average_linkage(distances);
  ASSERT_EQ(linkage.merges.size(), 4u);
  const double heights[] = {17, 22, 28, 33};
  const std::size_t sizes[] = {2, 3, 2, 5};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(linkage.merges[i].distance, heights[i], 1e-12);
    EXPECT_EQ(linkage.merges[i].size, sizes[i]);
  }
  EXPECT_EQ(linkage.merges[1].left, 5u);  // the first merge's, with e
  EXPECT_EQ(linkage.merges[1].right, 4u);
  EXPECT_EQ(linkage.merges[3].left, 6u);
  EXPECT_EQ(linkage.merges[3].right, 7u);
}

/// All clusters anew in each round, each pair of items for itself.
std::vector<std::pair<std::set<std::size_t>, double>> slow_merges(const Matrix& distances) {
  double largest = 0;
  for (const auto& row : distances)
    for (const double d : row) largest = std::isnan(d) ? largest : std::max(largest, d);
  std::vector<std::set<std::size_t>> clusters;
  for (std::size_t i = 0; i < distances.size(); ++i) clusters.push_back({i});
  std::vector<std::pair<std::set<std::size_t>, double>> merges;
  while (clusters.size() > 1) {
    double best = INFINITY;
    std::size_t first = 0, second = 0;
    for (std::size_t a = 0; a < clusters.size(); ++a) {
      for (std::size_t b = a + 1; b < clusters.size(); ++b) {
        double sum = 0, known = 0;
        for (const std::size_t i : clusters[a])
          for (const std::size_t j : clusters[b])
            if (!std::isnan(distances[i][j])) sum += distances[i][j], ++known;
        const double d = known > 0 ? sum / known : largest;
        if (d < best) best = d, first = a, second = b;
      }
    }
    clusters[first].insert(clusters[second].begin(), clusters[second].end());
    merges.emplace_back(clusters[first], best);
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(second));
  }
  return merges;
}

TEST(AverageLinkage, IsTheMeanOverTheKnownPairsOfTwoClusters) {
  RandomStream draw(RandomPurpose::made_data, 3);
  const std::size_t n = 17;
  Matrix distances(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      distances[i][j] = distances[j][i] = draw.below(5) == 0 ? nan : std::abs(draw.normal());
  const Linkage linkage = average_linkage(distances);
  const auto slow = slow_merges(distances);
  ASSERT_EQ(linkage.merges.size(), slow.size());
  std::vector<std::set<std::size_t>> made;
  for (std::size_t i = 0; i < n; ++i) made.push_back({i});
  for (std::size_t m = 0; m < slow.size(); ++m) {
    std::set<std::size_t> both = made[linkage.merges[m].left];
    both.insert(made[linkage.merges[m].right].begin(), made[linkage.merges[m].right].end());
    made.push_back(both);
    EXPECT_EQ(both, slow[m].first);
    EXPECT_NEAR(linkage.merges[m].distance, slow[m].second, 1e-12);
    // Leaves of one cluster lie side by side.
    std::vector<std::ptrdiff_t> places;
    for (const std::size_t item : both)
      places.push_back(std::ranges::find(linkage.order, item) - linkage.order.begin());
    EXPECT_EQ(std::ranges::max(places) - std::ranges::min(places),
              static_cast<std::ptrdiff_t>(both.size()) - 1);
  }
}

TEST(AverageLinkage, PlacesNearEndsSideBySide) {
  // Points on a line in another order: the leaves come out along it.
  const double at[] = {5, 0, 9, 1, 4.4};
  Matrix distances(5, std::vector<double>(5));
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) distances[i][j] = std::abs(at[i] - at[j]);
  const Linkage linkage = average_linkage(distances);
  std::vector<double> along;
  for (const std::size_t item : linkage.order) along.push_back(at[item]);
  EXPECT_TRUE(std::ranges::is_sorted(along) ||
              std::ranges::is_sorted(along, std::ranges::greater()))
      << testing::PrintToString(along);
}

TEST(AverageLinkage, NeedsADistance) {
  EXPECT_THAT(average_linkage({{0}}).order, testing::ElementsAre(0u));
  EXPECT_TRUE(average_linkage({}).order.empty());
  EXPECT_THROW(average_linkage({{0, nan}, {nan, 0}}), Error);
  EXPECT_THROW(average_linkage({{0, 1}, {1}}), Error);
}

}  // namespace
}  // namespace cmc::information
