#include "cmc/information/critic_bounds.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "cmc/error.h"
#include "cmc/information/gaussian.h"
#include "cmc/information/info_nce.h"
#include "tests/information/correlated.h"

namespace cmc::information {
namespace {

at::Tensor some_scores(std::int64_t n) {
  at::manual_seed(3);
  return 1.5 * at::randn({n, n}, at::kDouble);
}

double at_place(const at::Tensor& m, std::int64_t i, std::int64_t j) {
  return m[i][j].item<double>();
}

double mean_diagonal(const at::Tensor& s) {
  double sum = 0;
  for (std::int64_t i = 0; i < s.size(0); ++i) sum += at_place(s, i, i);
  return sum / static_cast<double>(s.size(0));
}

/// mean_{i≠j} term(s_ij).
double mean_off_diagonal(const at::Tensor& s, const std::function<double(double)>& term) {
  double sum = 0;
  const std::int64_t n = s.size(0);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (i != j) sum += term(at_place(s, i, j));
  return sum / static_cast<double>(n * (n - 1));
}

double slow_interpolated(const at::Tensor& s, const at::Tensor& log_q, double alpha) {
  const std::int64_t n = s.size(0);
  const double k = static_cast<double>(n - 1);
  double first = 0, second = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double q = std::exp(log_q[i].item<double>());
    const auto baseline = [&](std::int64_t left_out) {
      double sum = 0;
      for (std::int64_t l = 0; l < n; ++l)
        if (l != left_out) sum += std::exp(at_place(s, i, l));
      return alpha * sum / k + (1 - alpha) * q;
    };
    for (std::int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      first += at_place(s, i, i) - std::log(baseline(j));
      second += std::exp(at_place(s, i, j)) / baseline(i);
    }
  }
  const double pairs = static_cast<double>(n) * k;
  return 1 + first / pairs - second / pairs;
}

/// Compares the gradient with central differences of the value.
void expect_gradient(const std::function<at::Tensor(const at::Tensor&)>& bound) {
  at::Tensor scores = some_scores(5).requires_grad_();
  bound(scores).backward();
  const at::NoGradGuard no_grad;
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = 0; j < 5; ++j) {
      const auto moved = [&](double by) {
        at::Tensor other = scores.detach().clone();
        other[i][j] += by;
        return bound(other).item<double>();
      };
      EXPECT_NEAR(at_place(scores.grad(), i, j), (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-8);
    }
  }
}

TEST(InfoNce, IsLogKMinusTheLossAndItsTighterForm) {
  const InfoNce value = info_nce(16, 0.5);
  EXPECT_NEAR(value.bound, 2.7725887222397812 - 0.5, 1e-15);
  EXPECT_NEAR(value.tight_bound, 2.8332133440562162 - 0.5, 1e-15);
  EXPECT_NEAR(value.bound_ceiling, 2.7725887222397812, 1e-15);
  EXPECT_NEAR(value.ceiling, 2.8332133440562162, 1e-15);
  EXPECT_EQ(info_nce(0, 0).tight_bound, 0);
  EXPECT_THROW(info_nce(-1, 0), Error);
}

TEST(CriticBounds, InfoNceIsTheMeanLogSoftmax) {
  const at::Tensor s = some_scores(7);
  double loss = 0;
  for (std::int64_t i = 0; i < 7; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < 7; ++j) sum += std::exp(at_place(s, i, j));
    loss -= std::log(std::exp(at_place(s, i, i)) / sum) / 7;
  }
  EXPECT_NEAR(k_pair_loss(s).item<double>(), loss, 1e-12);
  EXPECT_NEAR(info_nce_bound(s).item<double>(), std::log(7) - loss, 1e-12);
  // Each row's own negatives, laid out apart.
  const at::Tensor off = s.masked_select(at::eye(7).to(at::kBool).logical_not()).view({7, 6});
  EXPECT_NEAR(k_pair_loss(s.diagonal(), off).item<double>(), loss, 1e-12);
}

TEST(CriticBounds, NwjAndDonskerVaradhanFollowTheirFormulas) {
  const at::Tensor s = some_scores(6);
  const double mean_exp = mean_off_diagonal(s, [](double x) { return std::exp(x); });
  EXPECT_NEAR(nwj_bound(s).item<double>(), mean_diagonal(s) - mean_exp / std::exp(1), 1e-12);
  EXPECT_NEAR(donsker_varadhan_estimate(s).item<double>(), mean_diagonal(s) - std::log(mean_exp),
              1e-12);
}

TEST(CriticBounds, TheInterpolatedFollowsItsFormula) {
  const at::Tensor s = some_scores(6), log_q = at::randn({6}, at::kDouble);
  for (const double alpha : {0.0, 0.01, 0.5, 1.0})
    EXPECT_NEAR(interpolated_bound(s, log_q, alpha).item<double>(),
                slow_interpolated(s, log_q, alpha), 1e-12)
        << alpha;
}

TEST(CriticBounds, TheInterpolatedKeepsWhatIsSmallBesideARowsLargest) {
  at::Tensor s = some_scores(6).to(at::kFloat);
  s[2][4] = 60;  // alone e⁶⁰ of its row
  s[3][1] = s[3][5] = 40;
  const at::Tensor log_q = at::randn({6}, at::kFloat);
  for (const double alpha : {0.01, 1.0}) {
    const double slow = slow_interpolated(s.to(at::kDouble), log_q.to(at::kDouble), alpha);
    EXPECT_NEAR(interpolated_bound(s, log_q, alpha).item<double>(), slow, 1e-5 * std::abs(slow))
        << alpha;
  }
}

TEST(CriticBounds, TheInterpolatedIsNwjAtItsEnd) {
  const at::Tensor s = some_scores(6);
  EXPECT_NEAR(interpolated_bound(s, at::zeros({6}, at::kDouble), 0).item<double>(),
              nwj_bound(1 + s).item<double>(), 1e-12);
}

TEST(CriticBounds, GradientsAreThoseOfTheValues) {
  const at::Tensor log_q = at::full({5}, 0.3, at::kDouble);
  expect_gradient([](const at::Tensor& s) { return info_nce_bound(s); });
  expect_gradient([](const at::Tensor& s) { return nwj_bound(s); });
  expect_gradient([](const at::Tensor& s) { return donsker_varadhan_estimate(s); });
  expect_gradient([&](const at::Tensor& s) { return interpolated_bound(s, log_q, 0.2); });
}

TEST(CriticBounds, LargeScoresStayFinite) {
  const at::Tensor s = (200 * at::eye(8, at::kFloat) - 100).requires_grad_();
  at::Tensor sum = info_nce_bound(s) + donsker_varadhan_estimate(s) + nwj_bound(s) +
                   interpolated_bound(s, at::zeros({8}), 0.5);
  sum.backward();
  EXPECT_TRUE(sum.isfinite().item<bool>());
  EXPECT_TRUE(s.grad().isfinite().all().item<bool>());
}

TEST(CriticBounds, NothingExceedsItsCeiling) {
  const at::Tensor s = 100 * at::eye(9, at::kDouble);
  EXPECT_NEAR(info_nce_bound(s).item<double>(), std::log(9), 1e-9);
  // q lies between what matches and what doesn't, so that the second expectation vanishes: the
  // ceiling of α < 1 is 1 above the paper's log((k + 1)/α), and is reached.
  const at::Tensor log_q = at::full({9}, 50, at::kDouble);
  EXPECT_NEAR(interpolated_bound(s, log_q, 0.5).item<double>(), std::log(8 / 0.5) + 1, 1e-9);
  EXPECT_NEAR(interpolated_ceiling(9, 0.5), std::log(16) + 1, 1e-12);
  EXPECT_NEAR(interpolated_bound(s, log_q, 1).item<double>(), std::log(8), 1e-9);
  EXPECT_NEAR(interpolated_ceiling(9, 1), std::log(8), 1e-12);
}

TEST(CriticBounds, MineCorrectsTheGradientAndKeepsTheValue) {
  const at::Tensor first = some_scores(5), running = mine_estimate(first, {}).running_log_mean;
  at::Tensor s = (some_scores(5) * 0.7).requires_grad_();
  const Mine step = mine_estimate(s, running, 0.9);
  EXPECT_NEAR(step.estimate.item<double>(), donsker_varadhan_estimate(s).item<double>(), 1e-12);
  step.estimate.backward();
  const auto exponential = [](double x) { return std::exp(x); };
  const double r =
      0.9 * mean_off_diagonal(first, exponential) + 0.1 * mean_off_diagonal(s, exponential);
  EXPECT_NEAR(step.running_log_mean.item<double>(), std::log(r), 1e-12);
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j < 5; ++j)
      EXPECT_NEAR(at_place(s.grad(), i, j), i == j ? 0.2 : -std::exp(at_place(s, i, j)) / 20 / r,
                  1e-12);
}

TEST(CriticBounds, RefuseWhatIsNoSquare) {
  EXPECT_THROW(k_pair_loss(at::zeros({3, 4})), Error);
  EXPECT_THROW(nwj_bound(at::zeros({1, 1})), Error);
  EXPECT_THROW(interpolated_bound(at::zeros({3, 3}), at::zeros({3}), 1.5), Error);
  EXPECT_THROW(mine_estimate(at::zeros({3, 3}), {}, 1), Error);
}

TEST(OptimalCritic, InfoNceComesNearTheTruthWhereThereAreEnoughNegatives) {
  at::manual_seed(1);
  const double truth = 2, rho = gaussian_correlation(20, truth);
  std::vector<double> values;
  for (int batch = 0; batch < 4; ++batch) {
    const Pairs p = correlated(1200, 20, rho);  // log 1199 = 7.09 ≥ 2 + 5
    values.push_back(info_nce_bound(correlated_gaussian_critic(p.x, p.y, rho)).item<double>());
  }
  double mean = 0;
  for (const double value : values) mean += value / 4;
  EXPECT_NEAR(mean, truth, 0.03 * truth + 0.05);  // the second is 1.5 deviations of the mean
}

TEST(OptimalCritic, InfoNceStaysUnderItsCeilingFarFromTheTruth) {
  at::manual_seed(2);
  const double rho = gaussian_correlation(20, 10);
  const Pairs p = correlated(64, 20, rho);
  const double value = info_nce_bound(correlated_gaussian_critic(p.x, p.y, rho)).item<double>();
  EXPECT_LE(value, std::log(64));
  EXPECT_GT(value, 0.9 * std::log(64));
}

TEST(OptimalCritic, NwjHasTheTruthForItsMeanAndItsVarianceIsKnown) {
  at::manual_seed(3);
  const double truth = 2, rho = gaussian_correlation(20, truth);
  // The second term over n independent pairs.
  const std::int64_t n = 20000, batches = 30;
  at::Tensor means = at::empty({batches}, at::kDouble);
  for (std::int64_t b = 0; b < batches; ++b) {
    const at::Tensor x = at::randn({n, 20}, at::kDouble), y = at::randn({n, 20}, at::kDouble);
    const double c = rho * rho / (2 * (1 - rho * rho));
    const at::Tensor log_ratio =
        truth - c * (x.square() + y.square()).sum(1) + rho / (1 - rho * rho) * (x * y).sum(1);
    means[b] = log_ratio.exp().mean();
  }
  const double deviation = std::sqrt((std::exp(2 * truth) - 1) / static_cast<double>(n));
  EXPECT_NEAR(means.mean().item<double>(), 1, 3 * deviation / std::sqrt(30.0));
  EXPECT_NEAR(means.std().item<double>(), deviation, 0.5 * deviation);
  double mean = 0;
  for (int b = 0; b < 8; ++b) {
    const Pairs p = correlated(500, 20, rho);
    mean += nwj_bound(1 + correlated_gaussian_critic(p.x, p.y, rho)).item<double>() / 8;
  }
  EXPECT_NEAR(mean, truth, 0.15);
}

}  // namespace
}  // namespace cmc::information
