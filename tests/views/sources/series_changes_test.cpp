#include "cmc/views/sources/series_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace cmc::views {
namespace {

using ::testing::ElementsAre;

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

RandomStream stream_of(std::uint64_t sample) {
  return RandomStream(RandomPurpose::views, 1, 0, sample);
}

TEST(FillGaps, IsLinearInsideAndTheNearestAtTheEnds) {
  std::vector<double> values = {gap, gap, 2, gap, gap, 8, 6, gap};
  fill_gaps(values);
  EXPECT_THAT(values, ElementsAre(2, 2, 2, 4, 6, 8, 6, 6));
  std::vector<double> none = {gap, gap};
  fill_gaps(none);
  EXPECT_TRUE(std::isnan(none[0]) && std::isnan(none[1]));
}

TEST(WarpedPlaces, KeepTheEndsAndTheOrderAndPacesWithinTheStrength) {
  double steepest = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    RandomStream stream = stream_of(i);
    const std::vector<double> places = warped_places(101, 0.5, stream);
    ASSERT_EQ(places.size(), 101u);
    EXPECT_EQ(places.front(), 0);
    EXPECT_DOUBLE_EQ(places.back(), 100);
    double slowest = 1e9, fastest = 0;
    for (std::size_t t = 1; t < places.size(); ++t) {
      slowest = std::min(slowest, places[t] - places[t - 1]);
      fastest = std::max(fastest, places[t] - places[t - 1]);
    }
    EXPECT_GT(slowest, 0);
    EXPECT_LE(fastest / slowest, 1.5 * 1.5 + 1e-9);
    steepest = std::max(steepest, fastest / slowest);
  }
  EXPECT_GT(steepest, 1.5);  // and the strength is made use of
  RandomStream stream = stream_of(0);
  EXPECT_THAT(warped_places(4, 0, stream), ElementsAre(0, 1, 2, 3));
}

TEST(ValueAt, IsLinearBetweenSteps) {
  const std::vector<double> values = {1, 3, -1};
  EXPECT_EQ(value_at(values, 0), 1);
  EXPECT_EQ(value_at(values, 0.25), 1.5);
  EXPECT_EQ(value_at(values, 1.75), 0);
  EXPECT_EQ(value_at(values, 2), -1);
}

TEST(ShuffledSegments, AreAllStepsInAsManyRunsAsAsked) {
  std::set<std::vector<std::size_t>> orders;
  for (std::uint64_t i = 0; i < 100; ++i) {
    RandomStream stream = stream_of(i);
    std::vector<std::size_t> order = shuffled_segments(12, 3, stream);
    std::size_t breaks = 0;
    for (std::size_t t = 1; t < order.size(); ++t) breaks += order[t] != order[t - 1] + 1;
    EXPECT_LE(breaks, 2u);
    orders.insert(order);
    std::ranges::sort(order);
    for (std::size_t t = 0; t < 12; ++t) ASSERT_EQ(order[t], t);
  }
  EXPECT_GT(orders.size(), 50u);
  RandomStream stream = stream_of(0);
  EXPECT_THAT(shuffled_segments(3, 1, stream), ElementsAre(0, 1, 2));
  EXPECT_EQ(shuffled_segments(3, 50, stream).size(), 3u);
}

TEST(RandomRotation, KeepsLengthsAndHandednessAndTurnsByTheAngle) {
  double widest = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    RandomStream stream = stream_of(i);
    const auto r = random_rotation(30, stream);
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b) {
        double dot = 0;
        for (std::size_t k = 0; k < 3; ++k) dot += r[3 * a + k] * r[3 * b + k];
        EXPECT_NEAR(dot, a == b ? 1 : 0, 1e-12);
      }
    const double determinant = r[0] * (r[4] * r[8] - r[5] * r[7]) -
                               r[1] * (r[3] * r[8] - r[5] * r[6]) +
                               r[2] * (r[3] * r[7] - r[4] * r[6]);
    EXPECT_NEAR(determinant, 1, 1e-12);
    // The trace of a rotation is 1 + 2 cos of its angle.
    const double angle = std::acos(std::clamp((r[0] + r[4] + r[8] - 1) / 2, -1.0, 1.0));
    EXPECT_LE(angle, 30 * 3.14159266 / 180);
    widest = std::max(widest, angle);
  }
  EXPECT_GT(widest, 25 * 3.14159265 / 180);
}

}  // namespace
}  // namespace cmc::views
