#include "cmc/report/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/report/doctor_summary.h"

namespace cmc::report {
namespace {

using nlohmann::json;

json row(const char* view, const char* features, int labels, double probe, double knn) {
  return {{"view", view},
          {"features", features},
          {"labels", labels},
          {"probe_accuracy", probe},
          {"probe_deviation", 0.0123},
          {"knn_accuracy", knn},
          {"knn_deviation", 0.004},
          {"seeds", 1}};
}

std::string summary_of(const json& evaluation) {
  return summary(evaluation::evaluation_from_json(evaluation));
}

TEST(Summary, AlignsColumns) {
  const json evaluation = {
      {"train_samples", 60000},
      {"test_samples", 10000},
      {"rows",
       {row("left", "learned", 100, 0.5, 0.45), row("left", "learned", 60000, 0.87, 0.851),
        row("all", "raw", 60000, 0.8441, 0.83), row("all", "learned", 100, 0.0714, 1),
        row("all", "learned", 60000, 0.8957, 0.86)}}};
  EXPECT_EQ(summary_of(evaluation),
            "Linear probe, accuracy in % of 10,000 test samples\n"
            "view  features  100 labels  60,000 labels\n"
            "all   learned          7.1           89.6\n"
            "      raw                –           84.4\n"
            "left  learned         50.0           87.0\n"
            "\n"
            "Nearest neighbours, accuracy in % of 10,000 test samples\n"
            "view  features  100 labels  60,000 labels\n"
            "all   learned        100.0           86.0\n"
            "      raw                –           83.0\n"
            "left  learned         45.0           85.1\n");
}

TEST(Summary, NamesTheLayer) {
  const json evaluation = {{"train_samples", 100},
                           {"test_samples", 50},
                           {"layer", "stage2"},
                           {"rows", {row("all", "learned", 100, 0.5, 0.4)}}};
  EXPECT_TRUE(
      summary_of(evaluation)
          .starts_with("Linear probe, accuracy in % of 50 test samples, at layer \"stage2\" "
                       "of the encoders\n"));
}

TEST(Summary, ShowsDeviationOverSeeds) {
  json evaluation = {{"train_samples", 100},
                     {"test_samples", 50},
                     {"rows", {row("all", "learned", 100, 0.5, 0.4)}}};
  evaluation["rows"][0]["seeds"] = 3;
  EXPECT_NE(summary_of(evaluation).find("50.0 ± 1.2"), std::string::npos);
  EXPECT_NE(summary_of(evaluation).find("40.0 ± 0.4"), std::string::npos);
}

TEST(Summary, SaysThatFoldsWereJudged) {
  json evaluation = {{"train_samples", 100},
                     {"test_samples", 100},
                     {"cross_validated", true},
                     {"rows", {row("all", "learned", 80, 0.5, 0.4)}},
                     {"retrieval",
                      {{{"from", "kar"},
                        {"to", "pix"},
                        {"recall_at_1", 0.9},
                        {"recall_at_5", 0.9},
                        {"recall_at_10", 0.9},
                        {"median_rank", 1},
                        {"class_at_1", 1},
                        {"candidates", 100}}}}};
  evaluation["rows"][0]["folds"] = 5;
  const std::string text = summary_of(evaluation);
  EXPECT_TRUE(text.starts_with("Linear probe, accuracy in % of 100 samples in 5 folds\n"));
  EXPECT_NE(text.find("50.0 ± 1.2"), std::string::npos);
  EXPECT_NE(text.find("Retrieval across views, recall in % of 100 samples, which training saw"),
            std::string::npos);
}

TEST(Summary, ShowsWhatIsFoundAcrossViews) {
  json evaluation = {{"train_samples", 100},
                     {"test_samples", 50},
                     {"rows", {row("all", "learned", 100, 0.5, 0.4)}},
                     {"retrieval",
                      {{{"from", "kar"},
                        {"to", "pix"},
                        {"recall_at_1", 0.925},
                        {"recall_at_5", 0.99},
                        {"recall_at_10", 1.0},
                        {"median_rank", 1.0},
                        {"class_at_1", 0.995},
                        {"candidates", 1400}}}}};
  EXPECT_NE(summary_of(evaluation)
                .find("Retrieval across views, recall in % of 1,400 test samples\n"
                      "from               kar    pix\n"
                      "kar   recall@1       –   92.5\n"
                      "      recall@5       –   99.0\n"
                      "      recall@10      –  100.0\n"
                      "      median rank    –    1.0\n"
                      "      class@1        –   99.5\n"
                      "pix   recall@1       –      –\n"),
            std::string::npos)
      << summary_of(evaluation);
}

TEST(DoctorSummary, HasALineForEachFigureAndASentenceForEachFinding) {
  advice::Diagnosis diagnosis{
      .findings = {{.trouble = advice::Trouble::spikes,
                    .sentence = "It leapt.",
                    .figures = {{"leaps", 2}, {"loss then", 1.5, "nats"}},
                    .advice = "Clip.",
                    .keys = {"train.clip_gradient", "train.learning_rate", "train.warmup_steps"}}},
      .seen = {"the metrics of 10 steps"},
      .unseen = {"the evaluation (cmc evaluate)"}};
  EXPECT_EQ(doctor_summary(diagnosis),
            "finding      keys to change       figure         value\n"
            "loss spikes  train.clip_gradient  leaps              2\n"
            "             train.learning_rate  loss then  1.50 nats\n"
            "             train.warmup_steps\n"
            "\n"
            "- loss spikes: It leapt. Clip.\n"
            "\n"
            "Looked at: the metrics of 10 steps. Not there: the evaluation (cmc evaluate).\n");
  diagnosis.findings.clear();
  EXPECT_EQ(doctor_summary(diagnosis),
            "Nothing wrong was found.\n"
            "Looked at: the metrics of 10 steps. Not there: the evaluation (cmc evaluate).\n");
}

TEST(Summary, WithoutLabelsShowsWhatIsFoundAlone) {
  const json evaluation = {{"train_samples", 100},
                           {"test_samples", 50},
                           {"notes", {"No sample has a label."}},
                           {"rows", json::array()},
                           {"retrieval",
                            {{{"from", "color"},
                              {"to", "depth"},
                              {"recall_at_1", 0.5},
                              {"recall_at_5", 0.75},
                              {"recall_at_10", 1.0},
                              {"median_rank", 2.0},
                              {"class_at_1", nullptr},
                              {"candidates", 72}}}}};
  EXPECT_EQ(summary_of(evaluation),
            "No sample has a label.\n"
            "\nRetrieval across views, recall in % of 72 test samples\n"
            "from                color  depth\n"
            "color  recall@1         –   50.0\n"
            "       recall@5         –   75.0\n"
            "       recall@10        –  100.0\n"
            "       median rank      –    2.0\n"
            "depth  recall@1         –      –\n"
            "       recall@5         –      –\n"
            "       recall@10        –      –\n"
            "       median rank      –      –\n");
}

TEST(Summary, ShowsWhatRidgeRegressionReaches) {
  const auto numbers = [](const char* features, json r2, double mae) {
    return json{
        {"view", "all"},        {"features", features}, {"labels", 100},         {"r2", r2},
        {"r2_deviation", 0.01}, {"mae", mae},           {"mae_deviation", 0.25}, {"seeds", 2}};
  };
  const json evaluation = {
      {"train_samples", 100},
      {"test_samples", 50},
      {"numbers", true},
      {"notes", {"A note."}},
      {"rows", {numbers("learned", 0.87654, 1234.56), numbers("raw", nullptr, 3)}}};
  EXPECT_EQ(summary_of(evaluation),
            "Ridge regression, R² on 50 test samples\n"
            "view  features     100 labels\n"
            "all   learned   0.877 ± 0.010\n"
            "      raw           – ± 0.010\n"
            "\nRidge regression, mean absolute error on 50 test samples\n"
            "view  features   100 labels\n"
            "all   learned   1235 ± 0.25\n"
            "      raw          3 ± 0.25\n"
            "\nA note.\n");
}

TEST(Summary, ErrorsNameTheKey) {
  try {
    summary_of({{"train_samples", 1}, {"test_samples", 1}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("rows"), std::string::npos);
  }
  EXPECT_THROW(
      summary_of(
          {{"train_samples", 1}, {"test_samples", 1}, {"rows", {row("all", "magic", 1, 1, 1)}}}),
      Error);
}

TEST(Summary, ErrorsNameTheKeyOfWhatIsFoundAcrossViews) {
  const json whole = {{"from", "kar"},      {"to", "pix"},         {"recall_at_1", 0.5},
                      {"recall_at_5", 0.5}, {"recall_at_10", 0.5}, {"median_rank", 2.0},
                      {"candidates", 1400}};
  for (const auto& [key, value] : whole.items()) {
    json lacking = whole;
    lacking.erase(key);
    try {
      summary_of({{"train_samples", 1},
                  {"test_samples", 1},
                  {"rows", {row("all", "learned", 1, 1, 1)}},
                  {"retrieval", {lacking}}});
      ADD_FAILURE() << "without " << key;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace cmc::report
