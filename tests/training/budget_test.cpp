#include "cmc/training/budget.h"

#include <gtest/gtest.h>

#include "cmc/error.h"

namespace cmc::training {
namespace {

struct Asked {
  std::int64_t epochs = 0, steps = 0, batch_size = 256, accumulate = 1;
};

Budget budget_for(const Asked& asked, std::int64_t samples) {
  TrainOptions options;
  options.epochs = asked.epochs;
  options.steps = asked.steps;
  options.batch_size = asked.batch_size;
  options.accumulate = asked.accumulate;
  return budget_of(options, samples);
}

TEST(Budget, OfEpochsAndOfSteps) {
  const Budget epochs = budget_for({.epochs = 3, .batch_size = 64, .accumulate = 2}, 1000);
  EXPECT_EQ(epochs.steps_per_epoch, 7);  // 15 whole batches, in twos
  EXPECT_EQ(epochs.steps, 21);
  EXPECT_EQ(epochs.samples_seen(), 21 * 2 * 64);
  EXPECT_FALSE(epochs.chosen);
  const Budget steps = budget_for({.epochs = 3, .steps = 50, .batch_size = 64}, 1000);
  EXPECT_EQ(steps.steps, 50);
  EXPECT_DOUBLE_EQ(steps.epochs(), 50.0 / 15);
  EXPECT_FALSE(steps.chosen);
}

TEST(Budget, WhereNoneIsGivenMakesLeastStepsOfLittleData) {
  const Budget small = budget_for({.batch_size = 256}, 160);  // one batch of all
  EXPECT_EQ(small.batch_size, 160);
  EXPECT_EQ(small.steps_per_epoch, 1);
  EXPECT_EQ(small.steps, least_steps);
  EXPECT_TRUE(small.chosen);
  const Budget some = budget_for({.batch_size = 256}, 1797);  // 7 steps an epoch
  EXPECT_EQ(some.steps, (least_steps + 6) / 7 * 7);
  EXPECT_GE(some.steps, least_steps);
  const Budget large = budget_for({.batch_size = 256}, 60000);
  EXPECT_EQ(large.steps, default_epochs * 234);
}

TEST(Budget, LowersWhatAnEpochCanNotGive) {
  const Budget budget = budget_for({.epochs = 5, .batch_size = 64, .accumulate = 8}, 200);
  EXPECT_EQ(budget.accumulate, 3);
  EXPECT_EQ(budget.steps_per_epoch, 1);
  EXPECT_EQ(budget.steps, 5);
  EXPECT_THROW(budget_for({.epochs = std::int64_t{1} << 62, .batch_size = 8}, 64), Error);
}

}  // namespace
}  // namespace cmc::training
