#include "cmc/contrast/losses/nce.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

TEST(Nce, FollowsItsFormula) {
  const double t = 0.2, z = 40, n = 10;
  expect_each(nce(similarities(), tau(t), tau(std::log(z)), 10), [&](int i) {
    const double k = i == 0 ? 3 : 2, noise = k / n;
    const auto p = [&](double s) { return std::exp(s / t) / z; };
    return -std::log(p(positive[i]) / (p(positive[i]) + noise)) -
           over_negatives(i, [&](double s) { return std::log(noise / (p(s) + noise)); });
  });
}

TEST(Nce, IsExactInFloat64WhereScoresOverTemperaturesAreLarge) {
  for (const double x : large_odds)
    expect_exact(nce(opposite(), tau(1 / x), at::zeros({}, at::kDouble), 1), 2 * slow_softplus(x));
}

TEST(Nce, AnAnchorWithoutNegativesAddsNothing) {
  EXPECT_EQ(nce(without_negatives(), tau(0.1), tau(1), 10).item<double>(), 0);
}

}  // namespace
}  // namespace cmc::contrast
