#include "cmc/training/budget.h"

#include <gtest/gtest.h>

#include "cmc/error.h"

namespace cmc::training {
namespace {

TEST(Budget, OfEpochsAndOfSteps) {
  const Budget epochs = budget_of({.epochs = 3, .batch_size = 64, .accumulate = 2}, 1000);
  EXPECT_EQ(epochs.steps_per_epoch, 7);  // 15 whole batches, in twos
  EXPECT_EQ(epochs.steps, 21);
  EXPECT_EQ(epochs.samples_seen(), 21 * 2 * 64);
  EXPECT_FALSE(epochs.chosen);
  const Budget steps = budget_of({.epochs = 3, .steps = 50, .batch_size = 64}, 1000);
  EXPECT_EQ(steps.steps, 50);
  EXPECT_DOUBLE_EQ(steps.epochs(), 50.0 / 15);
  EXPECT_FALSE(steps.chosen);
}

TEST(Budget, WhereNoneIsGivenMakesLeastStepsOfLittleData) {
  const Budget small = budget_of({.batch_size = 256}, 160);  // one batch of all
  EXPECT_EQ(small.batch_size, 160);
  EXPECT_EQ(small.steps_per_epoch, 1);
  EXPECT_EQ(small.steps, least_steps);
  EXPECT_TRUE(small.chosen);
  const Budget some = budget_of({.batch_size = 256}, 1797);  // 7 steps an epoch
  EXPECT_EQ(some.steps, (least_steps + 6) / 7 * 7);
  EXPECT_GE(some.steps, least_steps);
  const Budget large = budget_of({.batch_size = 256}, 60000);
  EXPECT_EQ(large.steps, default_epochs * 234);
}

TEST(Budget, LowersWhatAnEpochCanNotGive) {
  const Budget budget = budget_of({.epochs = 5, .batch_size = 64, .accumulate = 8}, 200);
  EXPECT_EQ(budget.accumulate, 3);
  EXPECT_EQ(budget.steps_per_epoch, 1);
  EXPECT_EQ(budget.steps, 5);
  EXPECT_THROW(budget_of({.epochs = std::int64_t{1} << 62, .batch_size = 8}, 64), Error);
}

}  // namespace
}  // namespace cmc::training
