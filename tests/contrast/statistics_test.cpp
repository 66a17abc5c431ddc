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
  EXPECT_NEAR(read.negative, sum / 5, 1e-12);
}

TEST(Statistics, ResultsAreMeansOverTheDirectionsThatHadNegatives) {
  DirectionScores scores;
  scores.per_anchor = torch::tensor({1.0, 3.0}, at::kDouble);
  scores.statistics = statistics_of(similarities(), tau(0.2));
  const DirectionResult direction = summarised({0, 1}, {}, 2, scores);
  EXPECT_DOUBLE_EQ(direction.k, 2.5);
  EXPECT_DOUBLE_EQ(direction.loss, 2);
  EXPECT_DOUBLE_EQ(direction.positive_first, 0);  // 0.8 < 0.9, −0.1 < 0.3
  EXPECT_DOUBLE_EQ(direction.positive_similarity, 0.35);
  ContrastResult result;
  DirectionResult other = direction;
  other.k = 1.5;
  other.positive_first = 1;
  result.directions = {direction, {.pair = {1, 0}}, other};
  take_means(result);
  EXPECT_EQ(result.empty_directions, 1);
  EXPECT_DOUBLE_EQ(result.k, 2);
  EXPECT_DOUBLE_EQ(result.positive_first, 0.5);
  EXPECT_DOUBLE_EQ(result.positive_similarity, 0.35);
  ContrastResult empty;
  empty.directions = {DirectionResult{}};
  EXPECT_THROW(take_means(empty), Error);
}

}  // namespace
}  // namespace cmc::contrast
