#include "cmc/evaluation/linear_probe.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/evaluation/lbfgs.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

/// Standardised features Z [N, F], or, where there are fewer samples than features, their
/// coordinates on the N axes that they span, which leaves J as it is.
struct Coordinates {
  at::Tensor rows;        // float32 [N, R]
  at::Tensor covariance;  // float64 [R, R], of the rows
  at::Tensor axes;        // float32 [F, R] with orthonormal columns; undefined for Z itself
};

Coordinates coordinates(const at::Tensor& z) {
  const std::int64_t n = z.size(0), features = z.size(1);
  const double share = 1.0 / static_cast<double>(n);
  if (features <= n) return {z, at::mm(z.t(), z).to(at::kDouble).mul_(share), {}};
  auto [values, vectors] = at::linalg_eigh(at::mm(z, z.t()));
  const at::Tensor kept = at::nonzero(values > 1e-6 * values.max().item<double>()).flatten();
  values = values.index_select(0, kept);
  const at::Tensor axes = at::mm(z.t(), vectors.index_select(1, kept)) / values.sqrt();
  return {at::mm(z, axes), at::diag(values.to(at::kDouble) * share), axes};
}

/// L with L Lᵀ = C / K + λ, the curvature of J at W = 0.
at::Tensor curvature_factor(const at::Tensor& covariance, std::int64_t classes, double lambda) {
  at::Tensor curvature = covariance / static_cast<double>(classes);
  // The covariance is a float32 product: what rounding may have taken from its least eigenvalues is
  // given back. It conditions the descent and moves no minimum.
  const double rounding = 1e-6 * curvature.trace().item<double>();
  curvature.diagonal().add_(std::max(lambda, rounding));
  return at::linalg_cholesky(curvature);
}

struct Fit {
  at::Tensor weight;  // float64 [K, R]
  at::Tensor bias;    // float64 [K]
  int iterations = 0;
  bool converged = false;
};

/// Minimises J in V and b, where W = V L⁻¹, so that the curvature is about the same along every
/// axis and tens of iterations do where plain L-BFGS takes hundreds.
Fit minimize(const at::Tensor& rows, const at::Tensor& factor, const at::Tensor& labels,
             std::int64_t classes, double lambda, const Fit& start,
             const LinearProbeOptions& options) {
  const std::int64_t n = rows.size(0), axes = rows.size(1);
  const double share = 1.0 / static_cast<double>(n);
  const at::Tensor column = labels.unsqueeze(1);
  const auto weight_of = [&](const at::Tensor& x) {
    return at::linalg_solve_triangular(factor, x.slice(0, 0, classes * axes).view({classes, axes}),
                                       /*upper=*/false, /*left=*/false);
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
    slope = at::linalg_solve_triangular(factor.t(), slope + lambda * weight, /*upper=*/true,
                                        /*left=*/false);
    gradient.slice(0, 0, classes * axes).copy_(slope.flatten());
    gradient.slice(0, classes * axes).copy_(residual.sum(0));
    return -log_p.gather(1, column).mean().item<double>() +
           0.5 * lambda * weight.square().sum().item<double>();
  };
  const LbfgsResult result = minimize_lbfgs(
      objective, at::cat({at::mm(start.weight, factor).flatten(), start.bias}),
      {.max_iterations = options.max_iterations, .gradient_tolerance = options.gradient_tolerance});
  return {weight_of(result.x), result.x.slice(0, classes * axes).clone(), result.iterations,
          result.converged};
}

Fit zero(std::int64_t classes, std::int64_t axes) {
  return {at::zeros({classes, axes}, at::kDouble), at::zeros({classes}, at::kDouble)};
}

struct Selection {
  double penalty = 0;
  std::vector<double> accuracy;  // held out, of each penalty; NaN where it was not tried
  Fit fit;                       // with the winner, of a part of the samples
};

/// Compares penalties, which fall, by held-out accuracy, until this has not risen twice.
Selection select(const Coordinates& from, const at::Tensor& labels, std::int64_t classes,
                 const std::vector<double>& penalties, const LinearProbeOptions& options) {
  constexpr int patience = 2;
  const std::int64_t n = std::min(labels.size(0), options.selection_samples);
  const at::Tensor chosen = proportional_subset(labels, n, options.seed);
  const at::Tensor rows = from.rows.index_select(0, chosen);
  const at::Tensor own = labels.index_select(0, chosen);
  const at::Tensor fold = stratified_folds(own, options.folds, options.seed);

  struct Round {
    at::Tensor fitted, labels, judged, truth;
    Fit fit;
  };
  std::vector<Round> rounds;
  double held_out = 0;
  for (int part = 0; part < (n <= options.small_samples ? options.folds : 1); ++part) {
    const at::Tensor inside = at::nonzero(fold != part).flatten();
    const at::Tensor outside = at::nonzero(fold == part).flatten();
    if (inside.size(0) == 0 || outside.size(0) == 0) continue;
    held_out += static_cast<double>(outside.size(0));
    rounds.push_back({rows.index_select(0, inside), own.index_select(0, inside),
                      rows.index_select(0, outside).to(at::kDouble), own.index_select(0, outside),
                      zero(classes, rows.size(1))});
  }
  Selection selection{penalties.front(), std::vector<double>(penalties.size(), std::nan("")), {}};
  if (rounds.empty()) return selection;
  double best = -1;
  int without_gain = 0;
  for (std::size_t i = 0; i < penalties.size() && without_gain < patience; ++i) {
    double right = 0;
    for (Round& round : rounds) {
      const double lambda = penalties[i] / static_cast<double>(round.labels.size(0));
      round.fit = minimize(round.fitted, curvature_factor(from.covariance, classes, lambda),
                           round.labels, classes, lambda, round.fit, options);
      const at::Tensor guess =
          (at::mm(round.judged, round.fit.weight.t()) + round.fit.bias).argmax(1);
      right += guess.eq(round.truth).sum().item<double>();
    }
    selection.accuracy[i] = right / held_out;
    if (selection.accuracy[i] > best) {
      best = selection.accuracy[i];
      selection.penalty = penalties[i];
      selection.fit = rounds.front().fit;
      without_gain = 0;
    } else {
      ++without_gain;
    }
  }
  return selection;
}

}  // namespace

at::Tensor LinearProbe::logits(const at::Tensor& features) const {
  // Centred before anything is multiplied: of a feature whose mean is large beside its deviation
  // float32 would keep nothing else. In blocks: a standardised copy of all may not fit.
  constexpr std::int64_t block = 4096;
  std::vector<at::Tensor> logits;
  for (const at::Tensor& rows : features.split(block))
    logits.push_back(at::addmm(bias, (rows.to(at::kFloat) - mean).div_(deviation), weight.t()));
  return at::cat(logits);
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
  probe.deviation.masked_fill_(at::eq(x.amax(0), x.amin(0)).logical_or(probe.deviation == 0), 1.0);
  const Coordinates from = coordinates((x - probe.mean) / probe.deviation);

  probe.penalty = options.penalties.front();
  Fit fit = zero(classes, from.rows.size(1));
  if (options.penalties.size() > 1) {
    std::vector<double> penalties = options.penalties;
    std::ranges::sort(penalties, std::greater<>());
    const Selection selection = select(from, labels, classes, penalties, options);
    probe.penalty = selection.penalty;
    if (selection.fit.weight.defined()) fit = selection.fit;
    for (const double penalty : options.penalties) {
      probe.selection_accuracy.push_back(
          selection.accuracy[std::ranges::find(penalties, penalty) - penalties.begin()]);
    }
  }
  const double lambda = probe.penalty / static_cast<double>(labels.size(0));
  fit = minimize(from.rows, curvature_factor(from.covariance, classes, lambda), labels, classes,
                 lambda, fit, options);
  const at::Tensor weight = fit.weight.to(at::kFloat);
  probe.weight = from.axes.defined() ? at::mm(weight, from.axes.t()) : weight;
  probe.bias = fit.bias.to(at::kFloat);
  probe.iterations = fit.iterations;
  probe.converged = fit.converged;
  return probe;
}

}  // namespace cmc::evaluation
