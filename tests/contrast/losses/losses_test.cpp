#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "cmc/contrast/losses/k_pair.h"
#include "cmc/contrast/losses/nce.h"
#include "cmc/contrast/losses/triplet.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

// Two anchors, three candidates, one of which the second anchor must not meet.
const double positive[2] = {0.8, -0.1};
const double negative[2][3] = {{0.5, 0.9, -0.4}, {0.3, 0.7, -0.6}};
const bool excluded[2][3] = {{false, false, false}, {false, true, false}};

Similarities similarities() {
  return {torch::tensor({0.8, -0.1}, at::kDouble),
          torch::tensor({{0.5, 0.9, -0.4}, {0.3, 0.7, -0.6}}, at::kDouble),
          torch::tensor({{false, false, false}, {false, true, false}})};
}
at::Tensor tau(double t) {
  return at::full({}, t, at::kDouble);
}
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Σ term(negative) over what anchor i meets.
template <class Term>
double over_negatives(int i, const Term& term) {
  double sum = 0;
  for (int j = 0; j < 3; ++j)
    if (!excluded[i][j]) sum += term(negative[i][j]);
  return sum;
}

template <class Expected>
void expect_each(const LossValues& values, const Expected& expected) {
  for (int i = 0; i < 2; ++i)
    EXPECT_NEAR(values.per_anchor[i].item<double>(), expected(i), 1e-12) << "anchor " << i;
  EXPECT_NEAR(values.mean.item<double>(), (expected(0) + expected(1)) / 2, 1e-12);
}

TEST(KPair, IsTheLogSoftmaxOfThePositive) {
  expect_each(k_pair(similarities(), tau(0.2)), [](int i) {
    const double e = std::exp(positive[i] / 0.2);
    return -std::log(e / (e + over_negatives(i, [](double s) { return std::exp(s / 0.2); })));
  });
}

TEST(Losses, AreExactInFloat64WhereScoresOverTemperaturesAreLarge) {
  const auto softplus = [](long double x) {
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  };
  for (const double x : {20.5, 22.0, 30.0}) {  // at::softplus is linear from 20 on
    const Similarities s{torch::tensor({-1.0}, at::kDouble), torch::tensor({{1.0}}, at::kDouble)};
    const auto near = [&](const LossValues& values, long double truth) {
      EXPECT_NEAR(values.mean.item<double>(), static_cast<double>(truth),
                  static_cast<double>(4e-15L * truth))
          << x;
    };
    near(k_pair(s, tau(2 / x)), softplus(x));
    near(logistic_nce(s, tau(1 / x)), 2 * softplus(x));
    const at::Tensor none = at::zeros({}, at::kDouble);
    near(nce(s, tau(1 / x), none, 1), 2 * softplus(x));
    near(debiased_k_pair(torch::tensor({x}, at::kDouble), s.positive, at::ones({1}, at::kLong),
                         tau(2 / x), 0),
         softplus(x + std::log(-std::expm1(-static_cast<long double>(x)))));
  }
}

TEST(KPair, DebiasedFollowsItsFormula) {
  const double t = 0.5, prior = 0.1;
  const Similarities s = similarities();
  const at::Tensor loss = k_pair(s, tau(t)).per_anchor;
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
  const at::Tensor loss = k_pair(far, tau(0.05)).per_anchor;
  const at::Tensor value =
      debiased_k_pair(loss, far.positive, negative_counts(far), tau(0.05), 0.5).mean;
  EXPECT_NEAR(value.item<double>(), std::log1p(2 * std::exp(-40.0)), 1e-20);
  value.backward();
  EXPECT_TRUE(s.grad().isfinite().all().item<bool>());
}

TEST(Nce, LogisticFollowsItsFormula) {
  expect_each(logistic_nce(similarities(), tau(0.2)), [](int i) {
    return -std::log(sigmoid(positive[i] / 0.2)) -
           over_negatives(i, [](double s) { return std::log(sigmoid(-s / 0.2)); });
  });
}

TEST(Nce, ThePapersFollowsItsFormula) {
  const double t = 0.2, z = 40, n = 10;
  expect_each(nce(similarities(), tau(t), tau(std::log(z)), 10), [&](int i) {
    const double k = i == 0 ? 3 : 2, noise = k / n;
    const auto p = [&](double s) { return std::exp(s / t) / z; };
    return -std::log(p(positive[i]) / (p(positive[i]) + noise)) -
           over_negatives(i, [&](double s) { return std::log(noise / (p(s) + noise)); });
  });
}

TEST(Nce, ZIsAMeanTimesNAndRunsInLogSpace) {
  double mean = 0;
  for (int i = 0; i < 2; ++i) mean += over_negatives(i, [](double s) { return std::exp(s / 0.2); });
  const at::Tensor log_z = estimate_log_z(similarities(), tau(0.2), 1000);
  EXPECT_NEAR(log_z.item<double>(), std::log(1000 * mean / 5), 1e-12);
  const at::Tensor none = at::full({}, std::nan(""), at::kDouble);
  EXPECT_EQ(running_log_z(none, tau(3), 0.99).item<double>(), 3);
  EXPECT_EQ(running_log_z(tau(2), none, 0.99).item<double>(), 2);
  EXPECT_NEAR(running_log_z(tau(2), tau(3), 0.99).item<double>(), 2.01, 1e-12);
  // Unit vectors bound Z by n · exp(1/τ).
  const Similarities top{
      torch::tensor({1.0}, at::kDouble), torch::tensor({{1.0}}, at::kDouble), {}};
  EXPECT_NEAR(estimate_log_z(top, tau(0.07), 700).item<double>(), std::log(700) + 1 / 0.07, 1e-9);
}

double margin_loss(double s, double p) {
  return std::max(2 * s - 2 * p + 0.2, 0.0);
}

TEST(Triplet, AllIsTheMeanOverNegatives) {
  expect_each(triplet(similarities(), {.margin = 0.2, .mining = Mining::all}), [](int i) {
    return over_negatives(i, [&](double s) { return margin_loss(s, positive[i]); }) /
           (i == 0 ? 3 : 2);
  });
}

TEST(Triplet, HardestIsTheNearest) {
  expect_each(triplet(similarities(), {.margin = 0.2, .mining = Mining::hardest}),
              [](int i) { return margin_loss(i == 0 ? 0.9 : 0.3, positive[i]); });
}

TEST(Triplet, SemiHardIsTheNearestBeyondThePositive) {
  expect_each(triplet(similarities(), {.margin = 0.2, .mining = Mining::semi_hard}),
              [](int i) { return margin_loss(i == 0 ? 0.5 : -0.6, positive[i]); });
  const Similarities all_nearer{
      torch::tensor({-0.5}, at::kDouble), torch::tensor({{0.9, 0.1}}, at::kDouble), {}};
  EXPECT_NEAR(triplet(all_nearer, {.mining = Mining::semi_hard}).mean.item<double>(),
              margin_loss(0.1, -0.5), 1e-12);
}

TEST(Losses, AnAnchorWithoutNegativesAddsNothing) {
  const Similarities none{torch::tensor({0.5}, at::kDouble), torch::tensor({{0.9}}, at::kDouble),
                          torch::tensor({{true}})};
  EXPECT_EQ(k_pair(none, tau(0.1)).mean.item<double>(), 0);
  EXPECT_EQ(logistic_nce(none, tau(0.1)).mean.item<double>(), 0);
  EXPECT_EQ(nce(none, tau(0.1), tau(1), 10).mean.item<double>(), 0);
  for (const Mining mining : {Mining::all, Mining::hardest, Mining::semi_hard})
    EXPECT_EQ(triplet(none, {.mining = mining}).mean.item<double>(), 0);
  EXPECT_TRUE(estimate_log_z(none, tau(0.1), 10).isnan().item<bool>());
}

}  // namespace
}  // namespace cmc::contrast
