#include "cmc/contrast/statistics.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/error.h"
#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

TEST(Statistics, AreReadOfTheSimilaritiesThatMeet) {
  const ScoreStatistics read = statistics_of(similarities(), tau(0.2));
  const double hardest[2] = {0.9, 0.3};
  double sum = 0;
  for (int i = 0; i < 2; ++i) {
    const double others = over_negatives(i, [](double s) { return std::exp(s / 0.2); });
    EXPECT_NEAR(read.k_pair[i].item<double>(), std::log1p(others / std::exp(positive[i] / 0.2)),
                1e-12);
    EXPECT_EQ(read.positive[i].item<double>(), positive[i]);
    EXPECT_EQ(read.hardest[i].item<double>(), hardest[i]);
    EXPECT_EQ(read.counts[i].item<std::int64_t>(), 3 - i);
    sum += over_negatives(i, [](double s) { return s; });
  }
  EXPECT_NEAR(read.negative.item<double>(), sum / 5, 1e-12);
}

TEST(Statistics, ResultsAreMeansOverTheDirectionsThatHadNegatives) {
  DirectionScores scores;
  scores.per_anchor = torch::tensor({1.0, 3.0}, at::kDouble);
  scores.statistics = statistics_of(similarities(), tau(0.2));
  ContrastResult result;
  result.loss = at::full({}, 4.0, at::kDouble);
  const ViewPair forth{0, 1}, back{1, 0};
  result.directions = {summarised(forth, {}, 2, scores, tau(0.2)),
                       summarised(back, {}, 2, std::nullopt, tau(0.4)),
                       summarised(forth, {}, 2, scores, tau(0.2))};
  // A direction with k = 1.5, and every positive first.
  result.directions[2].numbers[1] = 1.5;
  result.directions[2].numbers[4] = 1;
  count_empty(result);
  EXPECT_EQ(result.empty_directions, 1);
  const ContrastFigures figures = result.figures();
  EXPECT_EQ(figures.loss, 4);
  EXPECT_EQ(figures.temperature, 0.2);
  EXPECT_TRUE(std::isnan(figures.logit_bias) && std::isnan(figures.log_z));
  const DirectionFigures& direction = figures.directions[0];
  EXPECT_DOUBLE_EQ(direction.k, 2.5);
  EXPECT_DOUBLE_EQ(direction.loss, 2);
  EXPECT_DOUBLE_EQ(direction.k_pair_loss, scores.statistics.k_pair.mean().item<double>());
  EXPECT_DOUBLE_EQ(direction.positive_first, 0);  // 0.8 < 0.9, −0.1 < 0.3
  EXPECT_DOUBLE_EQ(direction.positive_similarity, 0.35);
  EXPECT_DOUBLE_EQ(direction.negative_similarity, scores.statistics.negative.item<double>());
  EXPECT_EQ(figures.directions[1].temperature, 0.4);
  EXPECT_EQ(figures.directions[1].k, 0);
  EXPECT_DOUBLE_EQ(figures.k, 2);
  EXPECT_DOUBLE_EQ(figures.positive_first, 0.5);
  EXPECT_DOUBLE_EQ(figures.positive_similarity, 0.35);
  ContrastResult empty;
  empty.directions = {DirectionResult{}};
  EXPECT_THROW(count_empty(empty), Error);
}

}  // namespace
}  // namespace cmc::contrast
