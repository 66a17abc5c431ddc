#include "cmc/information/sample_influence.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"

namespace cmc::information {
namespace {

/// Embeddings of two views of n samples.
std::pair<at::Tensor, at::Tensor> influence_views(std::int64_t n) {
  at::manual_seed(4);
  const at::Tensor shared = at::randn({n, 5});
  return {shared + 0.6 * at::randn({n, 5}), shared + 0.6 * at::randn({n, 5})};
}

/// The loss of weighted samples: w_i weighs anchor i, and sample i among the negatives of others.
double weighted_loss(const at::Tensor& scores, const std::vector<double>& weights) {
  const std::int64_t n = scores.size(0);
  double sum = 0, all = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    double negatives = 0, others = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      if (i == j) continue;
      negatives += weights[j] * std::exp((scores[i][j] - scores[i][i]).item<double>());
      others += weights[j];
    }
    const auto k = static_cast<double>(n - 1);
    sum += weights[i] * std::log1p(k * negatives / others);
    all += weights[i];
  }
  return sum / all;
}

TEST(SampleInfluence, IsTheDerivativeByASamplesWeight) {
  const std::int64_t n = 7;
  const double temperature = 0.4, step = 1e-4;
  const auto [a, b] = influence_views(n);
  const SampleInfluence influence = sample_influence(a, b, temperature);
  const at::Tensor x = (a / a.norm(2, 1, true)).to(at::kDouble),
                   y = (b / b.norm(2, 1, true)).to(at::kDouble);
  for (const bool forward : {true, false}) {
    const at::Tensor scores = (forward ? at::mm(x, y.t()) : at::mm(y, x.t())) / temperature;
    const at::Tensor& own = forward ? influence.rows : influence.columns;
    std::vector<double> weights(n, 1);
    const double loss = weighted_loss(scores, weights);
    EXPECT_NEAR(own.mean().item<double>(), loss, 1e-6);
    for (std::int64_t i = 0; i < n; ++i) {
      weights[i] = 1 + step;
      const double more = weighted_loss(scores, weights);
      weights[i] = 1 - step;
      const double less = weighted_loss(scores, weights);
      weights[i] = 1;
      const double derivative = static_cast<double>(n) * (more - less) / (2 * step);
      EXPECT_NEAR(own[i].item<double>() - loss, derivative, 1e-5) << forward << i;
    }
  }
}

TEST(SampleInfluence, IsTheSameInBlocks) {
  // 1,200 samples are three blocks; of a batch in another order each keeps its own.
  const auto [a, b] = influence_views(1200);
  const at::Tensor order = at::randperm(1200, at::kLong);
  const SampleInfluence one = sample_influence(a, b, 0.2);
  const SampleInfluence other =
      sample_influence(a.index_select(0, order), b.index_select(0, order), 0.2);
  EXPECT_TRUE(at::allclose(one.rows.index_select(0, order), other.rows, 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(one.columns.index_select(0, order), other.columns, 1e-4, 1e-5));
  const kernels::SymmetricContrast losses = kernels::contrast(a, b, at::full({}, 0.2));
  EXPECT_NEAR(one.rows.mean().item<double>(), losses.rows.mean().item<double>(), 1e-5);
  EXPECT_NEAR(one.columns.mean().item<double>(), losses.columns.mean().item<double>(), 1e-5);
}

TEST(SampleInfluence, RefusesOneSample) {
  const auto [a, b] = influence_views(3);
  EXPECT_THROW(sample_influence(a.slice(0, 0, 1), b.slice(0, 0, 1), 0.2), Error);
  EXPECT_THROW(sample_influence(a, b.slice(0, 1), 0.2), Error);
}

}  // namespace
}  // namespace cmc::information
