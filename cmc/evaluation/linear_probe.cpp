#include "cmc/evaluation/linear_probe.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/evaluation/lbfgs.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

/// Standardised features on their principal axes: rows = Z P with Z [N, F] and orthonormal columns
/// in P [F, R].
struct Rotated {
  at::Tensor rows;       // float32 [N, R]
  at::Tensor variances;  // float64 [R]
  at::Tensor axes;       // float32 [F, R]; undefined where Z itself is kept
};

/// Beyond this many axes their decomposition costs more than the iterations that it saves.
constexpr std::int64_t most_axes = 2048;

Rotated rotate(const at::Tensor& z) {
  const std::int64_t n = z.size(0), features = z.size(1);
  if (std::min(n, features) > most_axes) {
    return {z, z.square().mean(0).to(at::kDouble), {}};
  }
  // The fewer of samples and features decide which of the two Gram matrices is decomposed.
  const bool wide = features > n;
  const at::Tensor gram = wide ? at::mm(z, z.t()) : at::mm(z.t(), z);
  auto [values, vectors] = at::linalg_eigh(gram);
  const double floor = 1e-6 * values.max().item<double>();
  const at::Tensor kept = at::nonzero(values > floor).flatten();
  values = values.index_select(0, kept);
  vectors = vectors.index_select(1, kept);
  if (wide) vectors = at::mm(z.t(), vectors) / values.sqrt();
  return {at::mm(z, vectors), values.to(at::kDouble) / static_cast<double>(n), vectors};
}

struct Fit {
  at::Tensor weight;  // float64 [K, R]
  at::Tensor bias;    // float64 [K]
  int iterations = 0;
  bool converged = false;
};

/// J and its gradient in V and b, where W = V · scale, so that each axis has about the same
/// curvature.
Fit minimize(const at::Tensor& rows, const at::Tensor& variances, const at::Tensor& labels,
             std::int64_t classes, double lambda, const Fit& start,
             const LinearProbeOptions& options) {
  const std::int64_t n = rows.size(0), axes = rows.size(1);
  const double share = 1.0 / static_cast<double>(n);
  const at::Tensor scale = (variances / static_cast<double>(classes) + lambda).rsqrt();
  const at::Tensor column = labels.unsqueeze(1);
  const auto weight_of = [&](const at::Tensor& x) {
    return x.slice(0, 0, classes * axes).view({classes, axes}) * scale;
  };
  const DifferentiableFunction objective = [&](const at::Tensor& x, at::Tensor& gradient) {
    const at::Tensor weight = weight_of(x);
    const at::Tensor bias = x.slice(0, classes * axes);
    const at::Tensor logits = at::mm(rows, weight.to(at::kFloat).t()).to(at::kDouble) + bias;
    const at::Tensor log_p = at::log_softmax(logits, 1);
    at::Tensor residual = log_p.exp();
    residual.scatter_add_(1, column, at::full_like(column, -1, residual.options()));
    residual.mul_(share);
    at::Tensor slope = at::mm(residual.to(at::kFloat).t(), rows).to(at::kDouble);
    slope = (slope + lambda * weight) * scale;
    gradient.slice(0, 0, classes * axes).copy_(slope.flatten());
    gradient.slice(0, classes * axes).copy_(residual.sum(0));
    return -log_p.gather(1, column).mean().item<double>() +
           0.5 * lambda * weight.square().sum().item<double>();
  };
  const LbfgsResult result = minimize_lbfgs(
      objective, at::cat({(start.weight / scale).flatten(), start.bias}),
      {.max_iterations = options.max_iterations, .gradient_tolerance = options.gradient_tolerance});
  return {weight_of(result.x), result.x.slice(0, classes * axes).clone(), result.iterations,
          result.converged};
}

Fit zero(std::int64_t classes, std::int64_t axes) {
  return {at::zeros({classes, axes}, at::kDouble), at::zeros({classes}, at::kDouble)};
}

/// Which part each of the chosen samples is held out in: [n] of 0 … folds − 1, each class spread
/// evenly.
at::Tensor assign_folds(const at::Tensor& labels, int folds, std::uint64_t seed) {
  const at::Tensor fold = at::zeros_like(labels);
  at::Tensor left = at::arange(labels.size(0));
  for (int i = 0; i + 1 < folds; ++i) {
    const std::int64_t take = left.size(0) / (folds - i);
    if (take == 0) continue;
    const at::Tensor part = stratified_subset(labels.index_select(0, left), take, seed + 1 + i);
    fold.index_fill_(0, left.index_select(0, part), i + 1);
    const at::Tensor stays = at::ones_like(left, at::kBool).index_fill_(0, part, false);
    left = left.masked_select(stays);
  }
  return fold;  // what was never taken is part 0
}

/// Held-out accuracy of each penalty.
std::vector<double> compare(const Rotated& rotated, const at::Tensor& labels, std::int64_t classes,
                            const std::vector<double>& penalties,
                            const LinearProbeOptions& options) {
  const std::int64_t n = std::min(labels.size(0), options.selection_samples);
  const at::Tensor chosen = stratified_subset(labels, n, options.seed);
  const at::Tensor rows = rotated.rows.index_select(0, chosen);
  const at::Tensor own = labels.index_select(0, chosen);
  const at::Tensor fold = assign_folds(own, options.folds, options.seed);
  const int rounds = n <= options.small_samples ? options.folds : 1;
  std::vector<double> right(penalties.size(), 0.0);
  double held_out = 0;
  for (int round = 0; round < rounds; ++round) {
    const at::Tensor inside = at::nonzero(fold != round).flatten();
    const at::Tensor outside = at::nonzero(fold == round).flatten();
    if (inside.size(0) == 0 || outside.size(0) == 0) continue;
    const at::Tensor fitted = rows.index_select(0, inside);
    const at::Tensor judged = rows.index_select(0, outside).to(at::kDouble);
    const at::Tensor truth = own.index_select(0, outside);
    held_out += static_cast<double>(truth.size(0));
    Fit fit = zero(classes, rows.size(1));
    for (std::size_t i = 0; i < penalties.size(); ++i) {
      fit = minimize(fitted, rotated.variances, own.index_select(0, inside), classes,
                     penalties[i] / static_cast<double>(inside.size(0)), fit, options);
      const at::Tensor guess = (at::mm(judged, fit.weight.t()) + fit.bias).argmax(1);
      right[i] += guess.eq(truth).sum().item<double>();
    }
  }
  for (double& value : right) value /= std::max(1.0, held_out);
  return right;
}

}  // namespace

at::Tensor LinearProbe::logits(const at::Tensor& features) const {
  // (x − μ)/σ · Wᵀ + b = x · (W/σ)ᵀ + (b − W μ/σ): no standardised copy.
  const at::Tensor scaled = weight / deviation;
  return at::addmm(bias - at::mv(scaled, mean), features.to(at::kFloat), scaled.t());
}

at::Tensor LinearProbe::predict(const at::Tensor& features) const {
  return logits(features).argmax(1);
}

double LinearProbe::accuracy(const at::Tensor& features, const at::Tensor& labels) const {
  return predict(features).eq(labels).to(at::kDouble).mean().item<double>();
}

LinearProbe fit_linear_probe(const at::Tensor& features, const at::Tensor& labels,
                             std::int64_t classes, const LinearProbeOptions& options) {
  const at::NoGradGuard no_grad;
  check(features.dim() == 2 && labels.dim() == 1 && features.size(0) == labels.size(0) &&
            labels.size(0) > 0,
        "a linear probe was given features [{}] and labels [{}]: it takes [N, F] and [N], N > 0",
        fmt::join(features.sizes(), ", "), fmt::join(labels.sizes(), ", "));
  check(classes > 0 && labels.min().item<std::int64_t>() >= 0 &&
            labels.max().item<std::int64_t>() < classes,
        "a linear probe of {} classes was given labels from {} to {}: they must be 0 … {}", classes,
        labels.min().item<std::int64_t>(), labels.max().item<std::int64_t>(), classes - 1);
  check(!options.penalties.empty() &&
            std::ranges::all_of(options.penalties, [](double p) { return p > 0; }),
        "penalties = {}: there must be one or more, each positive", options.penalties);
  check(options.folds >= 2, "folds = {}: it must be at least 2", options.folds);
  LinearProbe probe;
  const at::Tensor x = features.to(at::kFloat);
  probe.mean = x.mean(0);
  probe.deviation = x.std(0, /*unbiased=*/false);
  probe.deviation.masked_fill_(probe.deviation <= 1e-6 * probe.deviation.max(), 1.0);
  const Rotated rotated = rotate((x - probe.mean) / probe.deviation);

  probe.penalty = options.penalties.front();
  if (options.penalties.size() > 1) {
    std::vector<double> penalties = options.penalties;
    std::ranges::sort(penalties, std::greater<>());
    const std::vector<double> accuracy = compare(rotated, labels, classes, penalties, options);
    probe.penalty = penalties[std::ranges::max_element(accuracy) - accuracy.begin()];
    for (const double penalty : options.penalties) {
      probe.selection_accuracy.push_back(
          accuracy[std::ranges::find(penalties, penalty) - penalties.begin()]);
    }
  }
  const Fit fit = minimize(rotated.rows, rotated.variances, labels, classes,
                           probe.penalty / static_cast<double>(labels.size(0)),
                           zero(classes, rotated.rows.size(1)), options);
  const at::Tensor weight = fit.weight.to(at::kFloat);
  probe.weight = rotated.axes.defined() ? at::mm(weight, rotated.axes.t()) : weight;
  probe.bias = fit.bias.to(at::kFloat);
  probe.iterations = fit.iterations;
  probe.converged = fit.converged;
  return probe;
}

}  // namespace cmc::evaluation
