#include "studies/outcomes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cmc::studies {
namespace {

TEST(SmallestEffect, IsTwoQuantilesOfStudentsDistribution) {
  // Deviation 1, three seeds: (4.30265 + 1.06066) / √3.
  const std::vector<double> three = {6, 7, 8};
  EXPECT_NEAR(smallest_effect(information::confidence_interval(three)), 3.09651, 1e-4);
  // Deviation 2, five seeds: 2 (2.77645 + 0.94096) / √5, whatever the interval's level.
  const std::vector<double> five = {-2, -2, 0, 2, 2};
  for (const double level : {0.5, 0.95})
    EXPECT_NEAR(smallest_effect(information::confidence_interval(five, level)), 3.32496, 1e-4);
}

TEST(SmallestEffect, IsUnknownOfOneSeed) {
  const std::vector<double> one = {6};
  EXPECT_TRUE(std::isnan(smallest_effect(information::confidence_interval(one))));
}

}  // namespace
}  // namespace cmc::studies
