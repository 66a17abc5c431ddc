#include "cmc/evaluation/softmax_fit.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

namespace cmc::evaluation {
namespace {

constexpr std::int64_t samples = 150, axes = 5, kinds = 3;

at::Tensor kinds_of_samples() {
  return at::arange(samples).mul(11).floor_divide(4).remainder(kinds);
}

/// Of very unlike spread along the axes, which are a little correlated.
SoftmaxRows uneven_rows() {
  at::manual_seed(8);
  const at::Tensor y = kinds_of_samples();
  const at::Tensor x = (at::randn({samples, axes}, at::kDouble) +
                        0.7 * at::cos(1.7 * y.unsqueeze(1) + at::arange(axes))) *
                       at::tensor({9.0, 3.0, 1.0, 0.1, 0.01}, at::kDouble);
  return {x.to(at::kFloat), x.square().mean(0), y, kinds};
}

SoftmaxFit from_zero(const at::Tensor& inside, double penalty) {
  const double count = inside.sum().item<double>();
  return {.shares = inside.to(at::kFloat) / count,
          .lambda = penalty / count,
          .weight = at::zeros({kinds, axes}, at::kDouble),
          .bias = at::zeros({kinds}, at::kDouble),
          .logits = {}};
}

/// W and b by Newton's method with the whole Hessian, in float64: [K, R + 1], b behind W.
at::Tensor newton(const SoftmaxRows& rows, const SoftmaxFit& fit) {
  const at::Tensor x = at::cat({rows.rows.to(at::kDouble), at::ones({samples, 1}, at::kDouble)}, 1);
  const at::Tensor a = fit.shares.to(at::kDouble).unsqueeze(1);
  const at::Tensor truth = at::one_hot(rows.labels, kinds).to(at::kDouble);
  at::Tensor penalised = at::ones({kinds, axes + 1}, at::kDouble);
  penalised.select(1, axes).fill_(1e-9);  // of biases' common part nothing depends
  penalised = (fit.lambda * penalised).flatten();
  at::Tensor w = at::zeros({kinds * (axes + 1)}, at::kDouble);
  const std::int64_t size = w.numel();
  for (int step = 0; step < 40; ++step) {
    const at::Tensor p = at::softmax(at::mm(x, w.view({kinds, axes + 1}).t()), 1);
    const at::Tensor gradient = at::mm((a * (p - truth)).t(), x).flatten() + penalised * w;
    at::Tensor hessian = at::diag(penalised);
    for (std::int64_t i = 0; i < samples; ++i) {
      const at::Tensor of_kinds = at::diag(p[i]) - at::ger(p[i], p[i]);
      hessian = hessian + a[i] * at::kron(of_kinds, at::ger(x[i], x[i]));
    }
    w = w - at::linalg_solve(hessian, gradient.view({size, 1})).flatten();
  }
  return w.view({kinds, axes + 1});
}

double distance(const SoftmaxFit& fit, const at::Tensor& expected) {
  const at::Tensor bias = expected.select(1, axes);
  const double weights = (fit.weight - expected.slice(1, 0, axes)).abs().max().item<double>();
  return std::max(weights,
                  ((fit.bias - fit.bias.mean()) - (bias - bias.mean())).abs().max().item<double>());
}

TEST(SoftmaxFit, FindsTheMinimumOfNewtonsMethodInFloat64) {
  const SoftmaxRows rows = uneven_rows();
  const at::Tensor all = at::ones({samples}, at::kBool),
                   odd = at::arange(samples).remainder(2).gt(0);
  std::vector<SoftmaxFit> fits = {from_zero(all, 30), from_zero(odd, 0.3)};
  const std::vector<at::Tensor> expected = {newton(rows, fits[0]), newton(rows, fits[1])};
  fit_softmax(rows, fits, {.tolerance = 1e-12});
  for (std::size_t j = 0; j < fits.size(); ++j) {
    EXPECT_LT(distance(fits[j], expected[j]), 2e-4) << j;
    const at::Tensor logits = at::mm(rows.rows.to(at::kDouble), fits[j].weight.t()) + fits[j].bias;
    EXPECT_LT((fits[j].logits - logits).abs().max().item<double>(), 1e-4) << j;
  }
}

TEST(SoftmaxFit, RowsWithoutAShareChangeNothing) {
  SoftmaxRows rows = uneven_rows();
  const at::Tensor odd = at::arange(samples).remainder(2).gt(0);
  std::vector<SoftmaxFit> one = {from_zero(odd, 3)}, other = {from_zero(odd, 3)};
  fit_softmax(rows, one, {.tolerance = 1e-10});
  rows.labels = at::where(odd, rows.labels, (rows.labels + 1).remainder(kinds));
  fit_softmax(rows, other, {.tolerance = 1e-10});
  EXPECT_TRUE(at::equal(one[0].weight, other[0].weight));
  EXPECT_TRUE(at::equal(one[0].logits, other[0].logits));
}

TEST(SoftmaxFit, GoesOnFromWhereItStarts) {
  const SoftmaxRows rows = uneven_rows();
  std::vector<SoftmaxFit> fits = {from_zero(at::ones({samples}, at::kBool), 3)};
  fit_softmax(rows, fits, {.tolerance = 1e-8});
  EXPECT_TRUE(fits[0].converged);
  EXPECT_GT(fits[0].passes, 3);
  fit_softmax(rows, fits, {.tolerance = 1e-7});
  EXPECT_TRUE(fits[0].converged);
  EXPECT_EQ(fits[0].passes, 1);
}

TEST(SoftmaxFit, EndsWhereThereAreNoNumbersAndAfterSoManyPasses) {
  SoftmaxRows rows = uneven_rows();
  std::vector<SoftmaxFit> fits = {from_zero(at::ones({samples}, at::kBool), 0.1)};
  fit_softmax(rows, fits, {.tolerance = 1e-8, .max_passes = 4});
  EXPECT_FALSE(fits[0].converged);
  EXPECT_EQ(fits[0].passes, 4);
  rows.rows.fill_(std::numeric_limits<float>::quiet_NaN());
  fits = {from_zero(at::ones({samples}, at::kBool), 0.1)};
  fit_softmax(rows, fits);
  EXPECT_FALSE(fits[0].converged);
}

}  // namespace
}  // namespace cmc::evaluation
