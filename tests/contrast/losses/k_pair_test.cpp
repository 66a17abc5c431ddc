#include "cmc/contrast/losses/k_pair.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

TEST(KPair, IsTheLogSoftmaxOfThePositive) {
  expect_each(k_pair(similarities(), tau(0.2)), [](int i) {
    const double e = std::exp(positive[i] / 0.2);
    return -std::log(e / (e + over_negatives(i, [](double s) { return std::exp(s / 0.2); })));
  });
}

TEST(KPair, DebiasedFollowsItsFormula) {
  const double t = 0.5, prior = 0.1;
  const Similarities s = similarities();
  const at::Tensor loss = k_pair(s, tau(t));
  expect_each(debiased_k_pair(loss, s.positive, negative_counts(s), tau(t), prior), [&](int i) {
    const double e = std::exp(positive[i] / t), k = i == 0 ? 3 : 2;
    const double mean = over_negatives(i, [&](double x) { return std::exp(x / t); }) / k;
    const double g = std::max((mean - prior * e) / (1 - prior), std::exp(-1 / t));
    return -std::log(e / (e + k * g));
  });
}

TEST(KPair, DebiasedHoldsItsFloorAndAFiniteGradient) {
  at::Tensor s = torch::tensor({1.0}, at::kDouble).requires_grad_();
  const Similarities far{s, torch::tensor({{-1.0, -1.0}}, at::kDouble), {}};
  const at::Tensor loss = k_pair(far, tau(0.05));
  const at::Tensor value =
      debiased_k_pair(loss, far.positive, negative_counts(far), tau(0.05), 0.5).mean();
  EXPECT_NEAR(value.item<double>(), std::log1p(2 * std::exp(-40.0)), 1e-20);
  value.backward();
  EXPECT_TRUE(s.grad().isfinite().all().item<bool>());
}

TEST(KPair, IsExactInFloat64WhereScoresOverTemperaturesAreLarge) {
  for (const double x : large_odds) {
    SCOPED_TRACE(x);
    expect_exact(k_pair(opposite(), tau(2 / x)), slow_softplus(x));
    expect_exact(debiased_k_pair(torch::tensor({x}, at::kDouble), opposite().positive,
                                 at::ones({1}, at::kLong), tau(2 / x), 0),
                 slow_softplus(x + std::log(-std::expm1(-static_cast<long double>(x)))));
  }
}

TEST(KPair, AnAnchorWithoutNegativesAddsNothing) {
  EXPECT_EQ(k_pair(without_negatives(), tau(0.1)).item<double>(), 0);
}

}  // namespace
}  // namespace cmc::contrast
