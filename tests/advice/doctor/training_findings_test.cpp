#include "cmc/advice/doctor/training_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/advice/doctor/made_run.h"

namespace cmc::advice {
namespace {

using test::figure;
using test::get;
using test::has;
using test::made_run;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TrainingFindings, AHealthyRunHasNone) {
  EXPECT_THAT(training_findings(made_run()), IsEmpty());
  EXPECT_THAT(training_findings(RunFigures{}), IsEmpty()) << "nothing was done yet";
}

TEST(TrainingFindings, FewSteps) {
  RunFigures run = made_run();
  run.metrics.training.resize(40);
  run.metrics.held_out.clear();
  EXPECT_FALSE(has(training_findings(run), Trouble::few_steps)) << "it goes on";
  run.planned_steps = 40;
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::few_steps));
  EXPECT_EQ(figure(get(findings, Trouble::few_steps), "steps"), 40);
  EXPECT_THAT(get(findings, Trouble::few_steps).keys, ElementsAre("train.epochs"));
  run.recipe.train.steps = 40;
  EXPECT_THAT(get(training_findings(run), Trouble::few_steps).keys, ElementsAre("train.steps"));
}

TEST(TrainingFindings, FewStepsWhereTheEstimateStillRises) {
  RunFigures run = made_run();
  // From 0 to the ceiling's 0.8 along a line: a fifth of that, 16 %, from each fifth to the next.
  for (training::StepFigures& f : run.metrics.training)
    f.training_estimate = 0.8 * static_cast<double>(f.step) / 1000 * f.ceiling;
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::few_steps));
  const Finding& found = get(findings, Trouble::few_steps);
  EXPECT_NEAR(figure(found, "estimate of its ceiling, fourth fifth"), 56, 0.1);
  EXPECT_NEAR(figure(found, "estimate of its ceiling, last fifth"), 72, 0.1);
  EXPECT_THAT(found.sentence, HasSubstr("rose by 16 %"));
}

TEST(TrainingFindings, AtChance) {
  RunFigures run = made_run();
  for (training::StepFigures& f : run.metrics.training) {
    f.training_estimate = 0.001;
    f.positive_first = 1.0 / 64;
  }
  for (training::HeldOutFigures& f : run.metrics.held_out) f.loss = f.ceiling;
  auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::at_chance));
  const Finding& found = get(findings, Trouble::at_chance);
  EXPECT_NEAR(figure(found, "k-pair loss"), std::log(64.0), 0.0011);
  EXPECT_EQ(found.keys.front(), "train.learning_rate");
  EXPECT_THAT(found.sentence, HasSubstr("which is nothing"));
  // Not in the warm-up, nor where positives rank first.
  run.recipe.train.schedule.warmup_steps = 901;
  EXPECT_FALSE(has(training_findings(run), Trouble::at_chance));
  run.recipe.train.schedule.warmup_steps = 900;
  EXPECT_TRUE(has(training_findings(run), Trouble::at_chance));
  for (training::StepFigures& f : run.metrics.training) f.positive_first = 0.5;
  EXPECT_FALSE(has(training_findings(run), Trouble::at_chance));
}

TEST(TrainingFindings, FewNegatives) {
  RunFigures run = made_run(0.97);
  for (training::StepFigures& f : run.metrics.training)
    f.training_estimate = std::max(f.training_estimate, 0.96 * f.ceiling);
  run.recipe.contrast.negatives = recipe::NegativesKind::batch;
  auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::few_negatives));
  EXPECT_EQ(get(findings, Trouble::few_negatives).keys.front(), "train.batch_size");
  EXPECT_THAT(get(findings, Trouble::few_negatives).sentence,
              HasSubstr("So near its ceiling it no longer distinguishes encoders: raise k"));
  run.recipe.contrast.negatives = recipe::NegativesKind::bank;
  EXPECT_EQ(get(training_findings(run), Trouble::few_negatives).keys.front(), "contrast.k");
  run.train_samples = 64;  // k = 63 is all the others: no key gives more
  EXPECT_FALSE(has(training_findings(run), Trouble::few_negatives));
}

TEST(TrainingFindings, AlikeViews) {
  RunFigures run = made_run(0.9);
  for (training::StepFigures& f : run.metrics.training) f.positive_first = 1;
  EXPECT_FALSE(has(training_findings(run), Trouble::alike_views)) << "held-out ones do not";
  for (training::HeldOutFigures& f : run.metrics.held_out) f.positive_first = 1;
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::alike_views));
  EXPECT_EQ(get(findings, Trouble::alike_views).keys.front(), "views.augmentation.crop");
  for (std::size_t i = 0; i < 500; ++i) run.metrics.training[i].positive_first = 0.9;
  EXPECT_FALSE(has(training_findings(run), Trouble::alike_views)) << "it took half the steps";
}

TEST(TrainingFindings, CollapseIsAFallOfTheRank) {
  RunFigures run = made_run();
  for (training::HeldOutFigures& f : run.metrics.held_out) {
    f.effective_rank = 8;  // low from the start, as of a table of few columns
  }
  EXPECT_FALSE(has(training_findings(run), Trouble::collapse));
  run.metrics.held_out.front().effective_rank = 17;
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::collapse));
  EXPECT_THAT(get(findings, Trouble::collapse).sentence, HasSubstr("fell from 17 to 8 of 100"));
  // It fell with the first steps, as that of untrained encoders does, and rises since.
  ASSERT_GE(run.metrics.held_out.size(), 3u);
  run.metrics.held_out[1].effective_rank = 6;
  EXPECT_FALSE(has(training_findings(run), Trouble::collapse));
  run.metrics.held_out[1].effective_rank = 7;
  EXPECT_TRUE(has(training_findings(run), Trouble::collapse));
  // The yardstick is min(D, n − 1): 8 of 30 directions are more than a quarter.
  for (training::HeldOutFigures& f : run.metrics.held_out) f.largest_rank = 30;
  EXPECT_FALSE(has(training_findings(run), Trouble::collapse));
}

TEST(TrainingFindings, CollapseByInformationWhereTrainingDidNotMeasure) {
  RunFigures run = made_run();
  for (training::HeldOutFigures& f : run.metrics.held_out)
    f.effective_rank = f.largest_rank = std::nan("");
  run.information = evaluation::InformationMeasurement{};
  run.information->views = {
      {.view = "left", .samples = 11, .effective_rank = 2.6, .dimension = 128},
      {.view = "right", .samples = 11, .effective_rank = 2.4, .dimension = 128}};
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::collapse));
  const Finding& found = get(findings, Trouble::collapse);
  EXPECT_THAT(found.sentence, HasSubstr("right: effective rank 2 of 10"));
  EXPECT_EQ(found.sentence.find("left"), std::string::npos);
  EXPECT_EQ(figure(found, "at most"), 10);
}

TEST(TrainingFindings, LearnedByHeart) {
  RunFigures run = made_run();
  std::vector<training::HeldOutFigures>& held_out = run.metrics.held_out;  // 20 of them
  for (std::size_t i = 6; i < held_out.size(); ++i)
    held_out[i].loss = held_out[5].loss + 0.03 * static_cast<double>(i - 5);
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::by_heart));
  const Finding& found = get(findings, Trouble::by_heart);
  EXPECT_EQ(figure(found, "best at step"), 300);
  EXPECT_NEAR(figure(found, "held-out loss, now") - figure(found, "held-out loss, lowest"),
              0.03 * 13.5, 1e-9);  // the mean of the last two
  EXPECT_THAT(found.advice, HasSubstr("about 30 epochs (train.epochs)"));
  EXPECT_THAT(found.sentence, HasSubstr("checkpoint-best, of that epoch, is what is evaluated"));
  EXPECT_EQ(found.keys.front(), "train.epochs");
}

TEST(TrainingFindings, LearnedByHeartAndNothingElse) {
  RunFigures run = made_run();
  std::vector<training::HeldOutFigures>& held_out = run.metrics.held_out;
  for (std::size_t i = 0; i < held_out.size(); ++i)
    held_out[i].loss = held_out[i].ceiling + 0.03 * static_cast<double>(i);
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::by_heart));
  const Finding& found = get(findings, Trouble::by_heart);
  EXPECT_THAT(found.sentence, HasSubstr("never better than chance"));
  EXPECT_EQ(found.advice.find("epochs"), std::string::npos) << found.advice;
}

TEST(TrainingFindings, Spikes) {
  RunFigures run = made_run();
  run.metrics.training[40].training_estimate = -5;  // while all is new
  EXPECT_FALSE(has(training_findings(run), Trouble::spikes));
  run.metrics.training[699].training_estimate = -1;
  run.metrics.training[800].training_estimate -= 0.2 * std::log(64.0);  // less than a quarter
  const auto findings = training_findings(run);
  ASSERT_TRUE(has(findings, Trouble::spikes));
  const Finding& found = get(findings, Trouble::spikes);
  EXPECT_EQ(figure(found, "leaps"), 1);
  EXPECT_EQ(figure(found, "at step"), 700);
  EXPECT_NEAR(figure(found, "loss then"), std::log(64.0) + 1, 1e-9);
  EXPECT_EQ(found.keys.front(), "train.clip_gradient");
}

TEST(TrainingFindings, SpikesAreMoreThanTheNoiseOfSmallBatches) {
  RunFigures run = made_run();
  for (training::StepFigures& f : run.metrics.training)
    f.training_estimate += f.step % 2 == 0 ? 0.6 : -0.6;
  run.metrics.training[699].training_estimate -= 2.4;
  EXPECT_FALSE(has(training_findings(run), Trouble::spikes));
}

}  // namespace
}  // namespace cmc::advice
