#include "benchmarks/loss_work.h"

#include <ATen/ATen.h>
#include <torch/nn/functional.h>

#include <cmath>
#include <limits>
#include <utility>

#include "cmc/contrast/losses/decoupled.h"
#include "cmc/contrast/losses/k_pair.h"
#include "cmc/contrast/losses/sigmoid.h"
#include "cmc/kernels/contrast.h"

namespace cmc::benchmarks {
namespace {

namespace F = torch::nn::functional;

constexpr double temperature = 0.07;
constexpr double bias = -10;
constexpr double hardness = 0.5, class_prior = 0.1;

at::Tensor scalar(double value) {
  return at::full({}, value, at::kFloat);
}

/// `of(x, y)`, the loss of both views, forward and backward.
template <class Of>
std::function<double()> both_ways(const at::Tensor& a, const at::Tensor& b, Of of) {
  return [a, b, of = std::move(of)] {
    const at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
    const at::Tensor loss = of(x, y);
    loss.backward();
    return loss.item<double>();
  };
}

/// The sum of both directions' means, as an objective has it.
template <class Options>
std::function<double()> fused(const at::Tensor& a, const at::Tensor& b, const Options& options) {
  return both_ways(a, b, [options](const at::Tensor& x, const at::Tensor& y) {
    const std::int64_t n = x.size(0);
    const contrast::Candidates candidates{
        .pair = {}, .anchors = x, .positives = y, .counts = at::full({n}, n - 1, at::kLong)};
    contrast::LossState state;
    state.logit_bias = scalar(bias).requires_grad_();
    const auto scores =
        contrast::score(options, candidates, scalar(temperature).requires_grad_(), state);
    return scores[0].per_anchor.mean() + scores[1].per_anchor.mean();
  });
}

at::Tensor cosines(const at::Tensor& x, const at::Tensor& y) {
  return F::normalize(x).matmul(F::normalize(y).t());
}

at::Tensor plain_sigmoid(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor tau = scalar(temperature).requires_grad_(), b = scalar(bias).requires_grad_();
  const at::Tensor logits = cosines(x, y) / tau + b;
  const at::Tensor labels = 2 * at::eye(x.size(0)) - 1;
  return -2 * at::log_sigmoid(labels * logits).sum() / x.size(0);
}

at::Tensor plain_decoupled(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor logits = cosines(x, y) / scalar(temperature).requires_grad_();
  const at::Tensor negatives =
      logits.masked_fill(at::eye(x.size(0), at::kBool), -std::numeric_limits<float>::infinity());
  return (at::logsumexp(negatives, 1) + at::logsumexp(negatives, 0) - 2 * logits.diagonal()).mean();
}

at::Tensor plain_hard(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor tau = scalar(temperature).requires_grad_();
  const at::Tensor e = at::exp(cosines(x, y) / tau), positive = e.diagonal();
  const at::Tensor own = at::eye(x.size(0), at::kBool);
  const at::Tensor weights = (hardness * e.log()).exp().masked_fill(own, 0);
  const auto k = static_cast<double>(x.size(0) - 1);
  const auto direction = [&](std::int64_t dim) {
    const at::Tensor reweighted = k * (weights * e).sum(dim) / weights.sum(dim);
    const at::Tensor all = at::maximum(
        (reweighted - class_prior * k * positive) / (1 - class_prior), k * at::exp(-1 / tau));
    return -at::log(positive / (positive + all)).mean();
  };
  return direction(1) + direction(0);
}

}  // namespace

std::vector<LossWork> loss_work(const at::Tensor& a, const at::Tensor& b) {
  const auto n = static_cast<double>(a.size(0)), d = static_cast<double>(a.size(1));
  const double square = n * n * d;
  return {{"sigmoid", fused(a, b, contrast::SigmoidOptions{}), both_ways(a, b, plain_sigmoid),
           6 * square},
          {"decoupled", fused(a, b, contrast::DecoupledOptions{}), both_ways(a, b, plain_decoupled),
           8 * square},
          {"hard negatives",
           fused(a, b, contrast::KPairOptions{.class_prior = class_prior, .hardness = hardness}),
           both_ways(a, b, plain_hard), 18 * square}};
}

std::function<double()> chunked_reference(const at::Tensor& a, const at::Tensor& b) {
  return both_ways(a, b, [](const at::Tensor& x, const at::Tensor& y) {
    const kernels::SymmetricContrast out = kernels::contrast_reference(x, y, scalar(temperature));
    return out.rows.mean() + out.columns.mean();
  });
}

}  // namespace cmc::benchmarks
