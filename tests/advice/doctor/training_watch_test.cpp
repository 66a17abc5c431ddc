#include "cmc/advice/doctor/training_watch.h"

#include <gtest/gtest.h>

#include "tests/advice/doctor/made_run.h"

namespace cmc::advice {
namespace {

TEST(TrainingWatch, TellsOfEachTroubleOnceAndWhenItIsSeen) {
  RunFigures run = test::made_run();
  run.metrics.training[399].training_estimate = -3;
  run.metrics.training[599].training_estimate = -3;
  std::vector<Trouble> told;
  std::int64_t at = 0, told_at = 0;
  TrainingWatch watch([&](const Finding& finding) {
    told.push_back(finding.trouble);
    told_at = at;
  });
  watch.begin({.train_samples = 640});
  for (const training::StepFigures& figures : run.metrics.training) {
    at = figures.step;
    watch.on_step(figures);
  }
  EXPECT_EQ(told, std::vector<Trouble>{Trouble::spikes});
  EXPECT_EQ(told_at, 400);
}

TEST(TrainingWatch, OfAHealthyTrainingTellsNothing) {
  const RunFigures run = test::made_run();
  TrainingWatch watch([](const Finding& finding) { ADD_FAILURE() << finding.sentence; });
  watch.begin({.train_samples = 640});
  for (const training::StepFigures& figures : run.metrics.training) {
    watch.on_step(figures);
    for (const training::HeldOutFigures& held_out : run.metrics.held_out)
      if (held_out.step == figures.step) watch.on_held_out(held_out);
  }
}

TEST(TrainingWatch, KnowsWhatARunThatGoesOnDidBefore) {
  RunFigures run = test::made_run();
  std::vector<Trouble> told;
  TrainingWatch watch([&](const Finding& finding) { told.push_back(finding.trouble); });
  RunFigures before = run;
  before.metrics.training.resize(995);
  for (std::size_t i = 0; i < 995; ++i)
    before.metrics.training[i].training_estimate =
        0.8 * static_cast<double>(i) / 1000 * std::log(64.0);
  watch.begin(std::move(before));
  for (std::size_t i = 995; i < 1000; ++i) {
    training::StepFigures figures = run.metrics.training[i];
    figures.training_estimate = 0.8 * std::log(64.0);
    watch.on_step(figures);
  }
  EXPECT_EQ(told, std::vector<Trouble>{Trouble::few_steps});
}

}  // namespace
}  // namespace cmc::advice
