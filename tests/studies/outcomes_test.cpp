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

TEST(Outcomes, AreOpenWhereTheBarReachesTheValueOrOneSeedTellsNoBar) {
  using advice::Outcome;
  const auto over = [](const std::vector<double>& seeds) {
    return information::confidence_interval(seeds);
  };
  const std::vector<double> above = {3, 3.1, 3.2}, about = {0.5, 1, 1.5}, one = {3};
  EXPECT_EQ(at_least(over(above), 1), Outcome::held);
  EXPECT_EQ(at_most(over(above), 1), Outcome::not_held);
  for (const auto& seeds : {about, one}) {
    EXPECT_EQ(at_least(over(seeds), 1), Outcome::open);
    EXPECT_EQ(at_most(over(seeds), 1), Outcome::open);
  }
}

TEST(VerdictOnGains, TellsWhatWouldHaveBeenSeenWhereItIsOpen) {
  using advice::Outcome;
  const std::vector<double> seeds = {0.01, 0.02, 0.03};  // 0.02 ± 0.025; the smallest effect: 0.031
  const auto gain = information::confidence_interval(seeds);
  const advice::Verdict open = verdict_on_gains("More.", "2 points more", {gain}, 0.005, 100);
  EXPECT_EQ(open.outcome, Outcome::open);
  EXPECT_EQ(open.measured, "2 points more; 3.6 would have been seen (power 0.8)");
  EXPECT_EQ(verdict_on_gains("More.", "2 points more", {gain}, 0, 100).outcome, Outcome::open);
  const advice::Verdict missed = verdict_on_gains("More.", "2 points more", {gain}, 0.05, 100);
  EXPECT_EQ(missed.outcome, Outcome::not_held);
  EXPECT_EQ(missed.measured, "2 points more");
  const std::vector<double> more = {0.9, 1, 1.1}, wide = {0, 0.03, 0.06};
  EXPECT_EQ(verdict_on_gains("", "2 and 3",
                             {information::confidence_interval(more), gain,
                              information::confidence_interval(wide)},
                             0, 100)
                .measured,
            "2 and 3; 9.3 would have been seen (power 0.8)");
  // Seeds that all gain nothing gain nothing.
  const std::vector<double> none = {0, 0, 0};
  EXPECT_NE(verdict_on_gains("", "", {information::confidence_interval(none)}, 0, 1).outcome,
            Outcome::held);
}

}  // namespace
}  // namespace cmc::studies
