#include "cmc/advice/doctor/representation_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/advice/doctor/made_run.h"

namespace cmc::advice {
namespace {

using test::figure;
using test::get;
using test::has;
using test::made_evaluation;
using test::made_run;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

evaluation::PairInformation pair(const std::string& from, const std::string& to, double bound) {
  return {.from = from,
          .to = to,
          .samples = 400,
          .points = {{.k = 399, .tight_bound = bound, .ceiling = std::log(400.0)}}};
}

TEST(RepresentationFindings, AHealthyRunHasNone) {
  RunFigures run = made_run();
  EXPECT_THAT(representation_findings(run), IsEmpty()) << "not evaluated yet";
  run.evaluation = made_evaluation(0.9, 0.85, 0.87);
  run.information = evaluation::InformationMeasurement{};
  run.information->pairs = {pair("left", "right", 2), pair("right", "left", 2)};
  EXPECT_THAT(representation_findings(run), IsEmpty());
}

TEST(RepresentationFindings, Duplicates) {
  RunFigures run = made_run();
  run.repeated_samples = 3;  // of 640: 0.47 %
  EXPECT_THAT(representation_findings(run), IsEmpty());
  run.repeated_samples = 4;
  const auto findings = representation_findings(run);
  ASSERT_TRUE(has(findings, Trouble::duplicates));
  EXPECT_NEAR(figure(findings[0], "of the training samples"), 0.625, 1e-9);
  EXPECT_EQ(findings[0].keys, std::vector<std::string>{"data.duplicates"});
  run.repeated_samples.reset();
  EXPECT_THAT(representation_findings(run), IsEmpty());
}

TEST(RepresentationFindings, AViewThatSharesNothing) {
  RunFigures run = made_run();
  run.information = evaluation::InformationMeasurement{};
  run.information->samples = 400;
  run.information->pairs = {pair("left", "right", 2),     pair("right", "left", 2),
                            pair("left", "noise", -0.1),  pair("noise", "left", -0.2),
                            pair("right", "noise", -0.1), pair("noise", "right", 0)};
  auto findings = representation_findings(run);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].trouble, Trouble::lone_view);
  EXPECT_THAT(findings[0].sentence, HasSubstr("noise shares nothing with the other views"));
  EXPECT_EQ(findings[0].figures.size(), 4u);
  // No pair shares anything: one finding, of all six bounds.
  run.information->pairs[0] = pair("left", "right", -1);
  run.information->pairs[1] = pair("right", "left", -1);
  findings = representation_findings(run);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].figures.size(), 6u);
  EXPECT_THAT(findings[0].sentence, HasSubstr("share at least 0 bits"));
}

TEST(RepresentationFindings, AViewThatIsNotFoundByRetrieval) {
  RunFigures run = made_run();
  run.evaluation = made_evaluation(0.9, 0.85, 0.87);
  for (const auto& [from, to] : {std::pair("left", "noise"), std::pair("noise", "left"),
                                 std::pair("right", "noise"), std::pair("noise", "right")})
    run.evaluation->retrieval.push_back({.from = from,
                                         .to = to,
                                         .recall_at_1 = 1.0 / 400,
                                         .median_rank = 199,
                                         .class_at_1 = 0.25,
                                         .candidates = 400});
  auto findings = representation_findings(run);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].sentence, HasSubstr("Samples seen in noise are not found"));
  run.evaluation->retrieval.back().median_rank = 150;  // above the middle: something is shared
  EXPECT_THAT(representation_findings(run), IsEmpty());
}

TEST(RepresentationFindings, NoBetterThanABaseline) {
  RunFigures run = made_run();
  // One standard error of 85 % of 400 samples is 1.79 points.
  run.evaluation = made_evaluation(0.835, 0.85, 0.8);
  EXPECT_THAT(representation_findings(run), IsEmpty()) << "within the error";
  run.evaluation = made_evaluation(0.83, 0.85, 0.8);
  auto findings = representation_findings(run);
  ASSERT_TRUE(has(findings, Trouble::no_better));
  EXPECT_THAT(findings[0].sentence, HasSubstr("reaches 83.0 %, below the raw values' 85.0 %."));
  EXPECT_NEAR(figure(findings[0], "probe, raw"), 85, 1e-9);
  // By default 640 samples have a queue, of which a batch of 256 is a good part.
  EXPECT_EQ(findings[0].keys.front(), "contrast.negatives");
  run.recipe.train.batch_size = 64;
  EXPECT_NE(representation_findings(run)[0].keys.front(), "contrast.negatives");

  run.evaluation = made_evaluation(0.9, 0.85, 0.9);  // training added nothing
  findings = representation_findings(run);
  ASSERT_TRUE(has(findings, Trouble::no_better));
  EXPECT_THAT(findings[0].sentence, HasSubstr("no better than the untrained encoders' 90.0 %"));
  EXPECT_THAT(findings[0].sentence, Not(HasSubstr("raw")));
  run.evaluation = made_evaluation(1, 1, 1);  // nothing is left to be won
  EXPECT_THAT(representation_findings(run), IsEmpty());
}

TEST(RepresentationFindings, NoBetterByFoldsAndByNumbers) {
  RunFigures run = made_run();
  run.evaluation = made_evaluation(0.8, 0.85, 0.7);
  for (evaluation::EvaluationRow& row : run.evaluation->rows) {
    row.folds = 4;
    row.probe_deviation = 0.12;  // an error of 6 points
  }
  EXPECT_THAT(representation_findings(run), IsEmpty());
  for (evaluation::EvaluationRow& row : run.evaluation->rows) row.probe_deviation = 0.08;
  EXPECT_TRUE(has(representation_findings(run), Trouble::no_better));

  run.evaluation->numbers = true;
  for (evaluation::EvaluationRow& row : run.evaluation->rows)
    row.r2 = row.features == "learned" ? 0.4 : 0.5;
  const auto findings = representation_findings(run);
  ASSERT_TRUE(has(findings, Trouble::no_better));
  EXPECT_THAT(findings[0].sentence, HasSubstr("reaches R² 0.400"));
}

TEST(RepresentationFindings, TheOwnClassAmongTheNegatives) {
  RunFigures run = made_run();
  run.evaluation = made_evaluation(0.7, 0.85, 0.8);
  for (evaluation::RetrievalRow& row : run.evaluation->retrieval) {
    row.recall_at_1 = 0.2;
    row.class_at_1 = 0.95;
  }
  const auto findings = representation_findings(run);
  ASSERT_TRUE(has(findings, Trouble::false_negatives));
  const Finding& found = get(findings, Trouble::false_negatives);
  EXPECT_NEAR(figure(found, "chance of the same class"), 25, 1e-9);  // four classes alike
  EXPECT_THAT(found.sentence, HasSubstr("Of 63 negatives about 16 are of the anchor's own class"));
  EXPECT_THAT(found.advice, HasSubstr("contrast.class_prior = 0.25"));
  // As many find the sample itself, or the representation is good all the same: no trouble.
  run.evaluation->rows[0].probe_accuracy = 0.9;
  EXPECT_THAT(representation_findings(run), IsEmpty());
  run.evaluation->rows[0].probe_accuracy = 0.7;
  for (evaluation::RetrievalRow& row : run.evaluation->retrieval) row.recall_at_1 = 0.7;
  EXPECT_FALSE(has(representation_findings(run), Trouble::false_negatives));
}

}  // namespace
}  // namespace cmc::advice
