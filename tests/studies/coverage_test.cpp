#include "studies/coverage.h"

#include <gtest/gtest.h>

namespace cmc::studies {
namespace {

TEST(Coverage, OfLabelInformation) {
  for (const auto& shares :
       {std::vector{0.5, 0.5}, std::vector{0.9, 0.1}, std::vector{0.95, 0.05}}) {
    for (const std::int64_t samples : {100, 300, 1000}) {
      const Coverage found = label_coverage({shares, samples, 1.4}, 400, 3);
      EXPECT_GE(found.covered, 0.90) << shares[1] << " " << samples;
      EXPECT_LE(found.covered, 0.99) << shares[1] << " " << samples;
      EXPECT_LE(found.above, 0.06) << shares[1] << " " << samples;
    }
    // A probe that is nearly always right: H(y) is nearly all that varies, and with equal classes
    // what is left are rare large losses, which not every 300 samples show.
    const Coverage sure = label_coverage({shares, 300, 4}, 400, 3);
    EXPECT_GE(sure.covered, shares[1] < 0.5 ? 0.90 : 0.85) << shares[1];
  }
  // Many classes: the entropy of 200 samples of 20 is too low by 0.05 nats.
  EXPECT_GE(label_coverage({std::vector<double>(20, 0.05), 200, 5}, 300, 3).covered, 0.90);
}

TEST(Coverage, OfABoundNearItsCeilingAndFarFromIt) {
  const BoundSetting settings[] = {{16, 8, 1, 0.2},   {16, 8, 0.6, 0.1},  {16, 30, 0.3, 0.1},
                                   {64, 9, 0.3, 0.1}, {99, 1, 0.6, 0.1},  {99, 1, 0.3, 0.1},
                                   {96, 1, 0.3, 0.1}, {299, 1, 0.6, 0.1}, {149, 3, 0.3, 0.1}};
  for (const BoundSetting& setting : settings) {
    const BoundCoverage found = bound_coverage(setting, 300, 5);
    const auto at = ::testing::PrintToString(setting.k) + " × " +
                    ::testing::PrintToString(setting.batches) + ", noise " +
                    ::testing::PrintToString(setting.noise);
    EXPECT_GE(found.interval.covered, 0.90) << at;
    EXPECT_LE(found.interval.above, 0.06)
        << at;  // a bound that promises too much is the worse miss
    EXPECT_LE(found.highest_end, found.ceiling) << at;
  }
}

TEST(Coverage, OfErrorBarsOverSeeds) {
  EXPECT_NEAR(mean_coverage(3, 2000, 1).covered, 0.95, 0.02);
  EXPECT_NEAR(peak_coverage(0.1, 500, 1).covered, 0.95, 0.03);
}

}  // namespace
}  // namespace cmc::studies
