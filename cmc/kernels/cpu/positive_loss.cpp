#include "cmc/kernels/cpu/positive_loss.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/kernels/cpu/anchor_figures.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

/// log(exp(a) + exp(b)).
double log_sum(double a, double b) {
  return a > b ? a + softplus(b - a) : b + softplus(a - b);
}

}  // namespace

PositiveLoss positive_loss(const GroupedFigures& figures, std::int64_t i, double own,
                           std::int64_t negatives, const ScoreScale& scale, PositiveMean mean) {
  PositiveLoss result;
  if (negatives == 0) return result;
  constexpr double nothing = -std::numeric_limits<double>::infinity();
  const double inverse = scale.inverse_temperature, o = own * inverse;
  const auto others = figures.positives[i];
  const double negative_shift = scale.fits() ? 0 : figures.negative_top[i] * inverse,
               positive_shift = scale.fits() ? 0 : figures.positive_top[i] * inverse;
  const double log_negative = std::log(figures.negative_sum[i]) + negative_shift,
               log_others =
                   others > 0 ? std::log(figures.positive_sum[i]) + positive_shift : nothing;
  const auto count = static_cast<double>(1 + others);
  result.k_pair = softplus(log_negative - o);
  if (mean == PositiveMean::inside) {
    const double log_positive = others > 0 ? log_sum(o, log_others) : o;
    const double odds = softplus(log_negative - log_positive), rest = std::expm1(-odds);
    result.loss = odds + std::log(count);
    result.negative = std::exp(negative_shift - log_positive - odds);
    result.positive = others > 0 ? std::exp(positive_shift - log_positive) * rest : 0;
    result.own = std::exp(o - log_positive) * rest;
    return result;
  }
  const double log_rest = others > 0 ? log_sum(log_negative, log_others) : log_negative;
  const double over_own = softplus(log_rest - o), log_all = o + over_own;
  // Σ (s⁺ − s_p)/τ over the positives: with the own one alone nothing, to the last digit.
  const double spread = (static_cast<double>(others) * own - figures.positive_score[i]) * inverse;
  result.loss = over_own + spread / count;
  result.negative = std::exp(negative_shift - log_all);
  result.positive = others > 0 ? std::exp(positive_shift - log_all) : 0;
  result.pull = others > 0 ? 1 / count : 0;
  result.own = others > 0 ? std::exp(-over_own) - 1 / count : std::expm1(-over_own);
  return result;
}

void take_losses(PositiveSide& side, const std::vector<std::int64_t>& met,
                 const std::vector<double>& own, const ScoreScale& scale, PositiveMean mean) {
  const auto n = static_cast<std::int64_t>(own.size());
  side.negatives.resize(own.size());
  side.losses.resize(own.size());
  // To wake a thread takes as long as some hundred of these.
  at::parallel_for(0, n, few_anchors, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      side.negatives[i] = met[i] - side.figures.positives[i];
      side.losses[i] = positive_loss(side.figures, i, own[i], side.negatives[i], scale, mean);
    }
  });
}

MultiPositiveLosses losses_of(const PositiveSide& side) {
  const auto n = static_cast<std::int64_t>(side.losses.size());
  MultiPositiveLosses out{at::empty({n}, at::kFloat), at::empty({n}, at::kFloat),
                          at::empty({n}, at::kFloat), at::empty({n}, at::kLong)};
  auto *loss = out.loss.data_ptr<float>(), *k_pair = out.k_pair.data_ptr<float>(),
       *largest = out.hardest.data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i) {
    loss[i] = static_cast<float>(side.losses[i].loss);
    k_pair[i] = static_cast<float>(side.losses[i].k_pair);
    largest[i] = hardest(side.figures.negative_top[i]);
  }
  std::copy(side.negatives.begin(), side.negatives.end(), out.negatives.data_ptr<std::int64_t>());
  return out;
}

GroupedWeights weights_of(const PositiveSide& side, const std::vector<double>& incoming,
                          double unit, std::vector<double>& on_own) {
  const auto n = static_cast<std::int64_t>(side.losses.size());
  GroupedWeights weights(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const PositiveLoss& loss = side.losses[i];
    const double scale = incoming[i] / unit;
    weights.negative[i] = static_cast<float>(scale * loss.negative);
    weights.positive[i] = static_cast<float>(scale * loss.positive);
    weights.pull[i] = static_cast<float>(scale * loss.pull);
    weights.negative_top[i] = side.figures.negative_top[i];
    weights.positive_top[i] = side.figures.positive_top[i];
    on_own[i] += incoming[i] * loss.own;
  }
  return weights;
}

float middle_of(const std::vector<double>& own, const std::vector<double>& on_own) {
  double scored = 0, all = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    scored += on_own[i] * own[i];
    all += on_own[i];
  }
  return static_cast<float>(all != 0 ? std::clamp(scored / all, -1.0, 1.0) : 0.0);
}

std::vector<double> numbers_of(const at::Tensor& gradient, std::int64_t n) {
  std::vector<double> values(static_cast<std::size_t>(n), 0.0);
  if (!gradient.defined()) return values;
  const at::Tensor held = gradient.detach().to(at::kCPU, at::kDouble).contiguous();
  std::copy_n(held.data_ptr<double>(), n, values.begin());
  return values;
}

double largest_of(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (const std::vector<double>* values : {&a, &b})
    for (const double value : *values) largest = std::max(largest, std::abs(value));
  return largest > 0 ? largest : 1;
}

}  // namespace cmc::kernels
