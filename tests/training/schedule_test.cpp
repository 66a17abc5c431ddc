#include "cmc/training/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cmc::training {
namespace {

TEST(Schedule, WarmsUpLinearlyThenFollowsTheCosine) {
  const ScheduleOptions options{.kind = ScheduleKind::cosine, .warmup_steps = 10};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 0, 110), 0.1);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 9, 110), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 10, 110), 1.0);
  EXPECT_NEAR(schedule_factor(options, 60, 110), 0.5, 1e-12);
  EXPECT_NEAR(schedule_factor(options, 35, 110), 0.5 * (1 + std::sqrt(0.5)), 1e-12);
  EXPECT_GT(schedule_factor(options, 109, 110), 0.0);
}

TEST(Schedule, StepsDownAtItsMilestones) {
  const ScheduleOptions options{
      .kind = ScheduleKind::step, .milestones = {0.5, 0.75}, .gamma = 0.1};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 49, 100), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 50, 100), 0.1);
  EXPECT_NEAR(schedule_factor(options, 80, 100), 0.01, 1e-15);
}

TEST(Schedule, StaysConstantAfterItsWarmUp) {
  const ScheduleOptions options{.kind = ScheduleKind::constant, .warmup_steps = 4};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 1, 100), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 99, 100), 1.0);
}

}  // namespace
}  // namespace cmc::training
