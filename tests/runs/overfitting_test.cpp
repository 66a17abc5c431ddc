#include "cmc/runs/overfitting.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cmc::runs {
namespace {

/// A step and a held-out loss each, of k = 63; the training estimate rises by `rise` a step.
Metrics metrics_of(const std::vector<double>& losses, double rise = 0.1) {
  Metrics metrics;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i + 1);
    metrics.training.push_back(
        {.step = step, .training_estimate = rise * static_cast<double>(step)});
    metrics.held_out.push_back(
        {.step = step, .loss = losses[i], .k = 63, .ceiling = std::log(64.0)});
  }
  return metrics;
}

TEST(Overfitting, IsAHeldOutLossThatRisesWhileTheEstimateDoes) {
  // A twentieth of log 64 is 0.208.
  EXPECT_FALSE(overfitting(metrics_of({3, 2, 2.1, 2.2})));
  const auto found = overfitting(metrics_of({3, 2, 2.1, 2.3}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->best.step, 2);
  EXPECT_DOUBLE_EQ(found->last_loss, 2.3);
  EXPECT_DOUBLE_EQ(found->estimate_at_best, 0.2);
  EXPECT_DOUBLE_EQ(found->last_estimate, 0.4);
  EXPECT_FALSE(overfitting(metrics_of({3, 2, 2.1, 2.3}, -0.1))) << "training got worse too";
  EXPECT_FALSE(overfitting(metrics_of({3, 2, 2.3}))) << "too few to tell";
  EXPECT_FALSE(overfitting({}));
}

TEST(Overfitting, IsOfTheLastTenthOfTheMeasurements) {
  std::vector<double> losses(30, 2.15);  // three of them are the last tenth
  losses[9] = 2;
  losses[29] = 2.4;
  EXPECT_NEAR(overfitting(metrics_of(losses)).value().last_loss, 2 + 0.7 / 3, 1e-12);
  losses[29] = 2.3;
  EXPECT_FALSE(overfitting(metrics_of(losses)));
}

TEST(Overfitting, KnowsWhetherTheBestIsMoreThanAGuess) {
  // log 64 is 4.16: a loss above it is no better than guessing.
  EXPECT_TRUE(overfitting(metrics_of({4.3, 4.1, 4.4, 4.6})).value().best_beats_chance());
  EXPECT_FALSE(overfitting(metrics_of({4.3, 4.17, 4.4, 4.6})).value().best_beats_chance());
}

TEST(Overfitting, LeavesOutWhatIsNotFinite) {
  EXPECT_TRUE(overfitting(metrics_of({std::nan(""), 2, 2.1, 2.2, 2.3})));
}

}  // namespace
}  // namespace cmc::runs
