#include "cmc/draft/budget.h"

#include <gtest/gtest.h>

namespace cmc::draft {
namespace {

TEST(Budget, ComesToTheStepsOnSmallData) {
  const Budget wine = budget_for(143, 600, 256);
  EXPECT_EQ(wine.batch_size, 64);
  EXPECT_EQ(wine.steps_per_epoch, 2);
  EXPECT_EQ(wine.epochs, 300);
  for (const std::int64_t samples : {8, 40, 143, 456, 1600, 9000}) {
    const Budget budget = budget_for(samples, 600, 256);
    EXPECT_GE(budget.steps(), 600) << samples;
    EXPECT_LE(budget.steps(), 1000) << samples;
    EXPECT_LE(budget.batch_size, samples);
  }
}

TEST(Budget, IsThreeEpochsOfLargeData) {
  const Budget budget = budget_for(1'000'000, 600, 256);
  EXPECT_EQ(budget.epochs, 3);
  EXPECT_EQ(budget.batch_size, 256);
  EXPECT_EQ(budget.text(), "11,718 steps of the optimiser, 3,906 an epoch");
}

}  // namespace
}  // namespace cmc::draft
