#include "cmc/contrast/losses/logistic.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

TEST(Logistic, FollowsItsFormula) {
  expect_each(logistic_nce(similarities(), tau(0.2)), [](int i) {
    return -std::log(sigmoid(positive[i] / 0.2)) -
           over_negatives(i, [](double s) { return std::log(sigmoid(-s / 0.2)); });
  });
}

TEST(Logistic, IsExactInFloat64WhereScoresOverTemperaturesAreLarge) {
  for (const double x : large_odds)
    expect_exact(logistic_nce(opposite(), tau(1 / x)), 2 * slow_softplus(x));
}

TEST(Logistic, AnAnchorWithoutNegativesAddsNothing) {
  EXPECT_EQ(logistic_nce(without_negatives(), tau(0.1)).item<double>(), 0);
}

}  // namespace
}  // namespace cmc::contrast
