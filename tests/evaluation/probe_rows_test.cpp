#include "cmc/evaluation/probe_rows.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmc::evaluation {
namespace {

using ::testing::ElementsAre;

/// Six samples of two classes, which the first view tells apart and the second does not; the last
/// sample lacks the second view.
Features two_views() {
  const at::Tensor far = at::tensor({-1.0f, -1.1f, -0.9f, 1.0f, 1.1f, 0.9f}).view({6, 1});
  return {.representations = {far, at::zeros({6, 1})},
          .embeddings = {},
          .labels = at::tensor({0, 0, 0, 1, 1, 1}, at::kLong),
          .indices = at::arange(6, at::kLong),
          .present = at::tensor({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}).view({6, 2}).to(at::kBool)};
}

TEST(ProbeRows, JudgeEachViewByTheSamplesThatHaveItAndAllTogether) {
  const Features features = two_views();
  const ProbeRows found = probe_rows(
      {.kind = "learned", .views = {"far", "flat"}, .classes = 2, .label_counts = {0, 6, 7}},
      {features, features}, {.knn = {.k = 1}});
  std::vector<std::string> rows;
  for (const EvaluationRow& row : found.rows)
    rows.push_back(fmt::format("{} {} {:.3f}", row.view, row.labels, row.probe_accuracy));
  // All of a view's labels are those that have it; 0, for all, and 6 are one count; 7 are too many.
  EXPECT_THAT(rows, ElementsAre("far 6 1.000", "flat 5 0.600", "all 6 1.000"));
  EXPECT_THAT(found.confusion, ElementsAre(ElementsAre(3, 0), ElementsAre(0, 3)));
}

TEST(ProbeRows, ThatAreNumbersHaveNoConfusion) {
  Features features = two_views();
  features.present = at::Tensor();
  features.targets = features.representations[0].flatten().to(at::kDouble) * 3;
  const ProbeRows found = probe_rows({.kind = "raw", .views = {"far", "flat"}},
                                     {features, features}, {.ridge = {.penalties = {1e-9}}});
  ASSERT_EQ(found.rows.size(), 3u);
  EXPECT_NEAR(found.rows[0].r2, 1, 1e-6);
  EXPECT_NEAR(found.rows[1].r2, 0, 1e-6) << "a constant feature predicts the mean";
  EXPECT_NEAR(found.rows[2].mae, 0, 1e-3);
  EXPECT_TRUE(found.confusion.empty());
}

TEST(MeanOverFolds, IsOverTheFoldsThatHaveTheView) {
  const auto row = [](const char* view, double accuracy) {
    return EvaluationRow{.view = view, .features = "learned", .probe_accuracy = accuracy};
  };
  const ProbeRows mean =
      mean_over_folds({{.rows = {row("a", 0.5), row("b", 0.75)}, .confusion = {{1, 2}, {3, 4}}},
                       {.rows = {row("a", 0.7)}, .confusion = {{10, 20}, {30, 40}}},
                       {.rows = {row("a", 0.9)}, .confusion = {}}});
  ASSERT_EQ(mean.rows.size(), 2u);
  EXPECT_NEAR(mean.rows[0].probe_accuracy, 0.7, 1e-12);
  EXPECT_NEAR(mean.rows[0].probe_deviation, 0.2, 1e-12) << "the root of (0.04 + 0 + 0.04) / 2";
  EXPECT_EQ(mean.rows[0].folds, 3);
  EXPECT_EQ(mean.rows[1].folds, 1);
  EXPECT_EQ(mean.rows[1].probe_deviation, 0);
  EXPECT_THAT(mean.confusion, ElementsAre(ElementsAre(11, 22), ElementsAre(33, 44)));
}

}  // namespace
}  // namespace cmc::evaluation
