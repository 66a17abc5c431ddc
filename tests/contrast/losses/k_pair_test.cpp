#include "cmc/contrast/losses/k_pair.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "cmc/contrast/objective.h"
#include "tests/contrast/batches.h"
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

/// The loss with hard negatives as its authors' code has it, one anchor and one negative at a time.
double slow_hard(const at::Tensor& scores, std::int64_t i, double t, double prior, double beta) {
  const double e = std::exp(scores[i][i].item<double>() / t);
  double weighted = 0, weights = 0, k = 0;
  for (std::int64_t j = 0; j < scores.size(1); ++j) {
    if (j == i) continue;
    const double negative = std::exp(scores[i][j].item<double>() / t);
    const double weight = std::exp(beta * std::log(negative));
    weighted += weight * negative;
    weights += weight;
    ++k;
  }
  const double reweighted = weighted / (weights / k);
  double g = (reweighted - prior * k * e) / (1 - prior);
  g = std::max(g, k * std::exp(-1 / t));
  return -std::log(e / (e + g));
}

TEST(KPair, HardNegativesFollowTheirFormula) {
  at::manual_seed(4);
  const at::Tensor a = at::randn({14, 6}), b = at::randn({14, 6});
  const at::Tensor scores = unit(a).matmul(unit(b).t());
  for (const double beta : {0.25, 1.0, 3.0}) {
    for (const double prior : {0.0, 0.1}) {
      const ContrastResult result =
          Objective(
              {.loss = KPairOptions{.temperature = 0.3, .class_prior = prior, .hardness = beta}})
              ->forward({a, b}, range(14));
      for (std::int64_t i = 0; i < 14; ++i) {
        const double row = slow_hard(scores, i, 0.3, prior, beta),
                     column = slow_hard(scores.t(), i, 0.3, prior, beta);
        EXPECT_NEAR(result.directions[0].per_anchor[i].item<double>(), row, 1e-5 * row);
        EXPECT_NEAR(result.directions[1].per_anchor[i].item<double>(), column, 1e-5 * column);
      }
      // The figures are those of the scores at τ, whatever the weights.
      EXPECT_NEAR(result.figures().k_pair_loss,
                  Objective({.loss = KPairOptions{.temperature = 0.3}})
                      ->forward({a, b}, range(14))
                      .figures()
                      .k_pair_loss,
                  1e-6);
    }
  }
}

TEST(KPair, TheGradientGoesThroughTheWeightsOfHardNegatives) {
  at::manual_seed(5);
  at::Tensor a = at::randn({9, 5}).requires_grad_(), b = at::randn({9, 5}).requires_grad_();
  at::Tensor x = a.detach().to(at::kDouble).requires_grad_(),
             y = b.detach().to(at::kDouble).requires_grad_();
  const double beta = 0.7, prior = 0.05;
  Objective objective({.loss = KPairOptions{.temperature = LearnedTemperature{.initial = 0.4},
                                            .class_prior = prior,
                                            .hardness = beta}});
  objective->forward({a, b}, range(9)).loss.backward();
  at::Tensor log_inverse = tau(std::log(1 / 0.4)).requires_grad_();
  const auto direction = [&](const at::Tensor& u, const at::Tensor& v) {
    const at::Tensor t = at::exp(-log_inverse);
    const at::Tensor scores = (u / u.norm(2, 1, true)).matmul((v / v.norm(2, 1, true)).t()) / t;
    const at::Tensor negative = at::exp(scores.masked_fill(at::eye(9, at::kBool), -1e30)),
                     weights = negative.pow(beta), e = at::exp(scores.diagonal());
    const at::Tensor r = 8 * (weights * negative).sum(1) / weights.sum(1);
    const at::Tensor g = at::maximum((r - prior * 8 * e) / (1 - prior), 8 * at::exp(-1 / t));
    return (-at::log(e / (e + g))).mean();
  };
  (direction(x, y) + direction(y, x)).backward();
  const auto near = [](const at::Tensor& ours, const at::Tensor& truth) {
    EXPECT_LE((ours.to(at::kDouble) - truth).abs().max().item<double>(),
              1e-5 * truth.abs().max().item<double>());
  };
  near(a.grad(), x.grad());
  near(b.grad(), y.grad());
  near(objective->named_parameters()["log_inverse_temperature"].grad(), log_inverse.grad());
}

TEST(KPair, AHardnessOfZeroIsTheDebiasedLossItself) {
  at::manual_seed(6);
  const std::vector<at::Tensor> z = {at::randn({20, 8}), at::randn({20, 8})};
  const auto losses = [&](const KPairOptions& options) {
    return Objective({.loss = options})->forward(z, range(20)).directions[0].per_anchor;
  };
  const at::Tensor debiased = losses({.temperature = 0.2, .class_prior = 0.1});
  EXPECT_TRUE(at::equal(losses({.temperature = 0.2, .class_prior = 0.1, .hardness = 0}), debiased));
  // And so is the limit.
  EXPECT_TRUE(at::allclose(losses({.temperature = 0.2, .class_prior = 0.1, .hardness = 1e-4}),
                           debiased, 1e-3, 1e-4));
  for (const double beta : {-0.1, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_NE(message([&] {
                Objective({.loss = KPairOptions{.hardness = beta}});
              }).find("the hardness β is"),
              std::string::npos);
}

TEST(KPair, AnAnchorWithoutNegativesAddsNothing) {
  EXPECT_EQ(k_pair(without_negatives(), tau(0.1)).item<double>(), 0);
}

}  // namespace
}  // namespace cmc::contrast
