#include "cmc/evaluation/linear_probe.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "cmc/error.h"
#include "cmc/evaluation/softmax_fit.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

/// Standardised features Z [N, F] on axes along which they are uncorrelated, which leaves J as it
/// is: F of them, or, where there are fewer samples than features, those that the samples span.
struct Coordinates {
  at::Tensor rows;    // float32 [N, R]
  at::Tensor spread;  // float64 [R], positive
  at::Tensor axes;    // float32 [F, R] with orthonormal columns
};

/// Mean squares along the axes, without what float32 rounding may have made of the least.
at::Tensor spread_of(const at::Tensor& eigenvalues, std::int64_t n) {
  const at::Tensor values = eigenvalues.to(at::kDouble);
  return (values.clamp_min(1e-7 * values.sum().item<double>()) / static_cast<double>(n))
      .clamp_min(1e-30);
}

/// Eigenvalues and eigenvectors of a symmetric float32 matrix, float32. LAPACK's ssyevd tells the
/// size of its workspace, 2n² and more, as a float32: above 2,896 rows that is too small.
std::tuple<at::Tensor, at::Tensor> eigenvectors(const at::Tensor& matrix) {
  constexpr std::int64_t most_rows = 2896;
  if (matrix.size(0) <= most_rows) return at::linalg_eigh(matrix);
  const auto [values, vectors] = at::linalg_eigh(matrix.to(at::kDouble));
  return {values.to(at::kFloat), vectors.to(at::kFloat)};
}

/// Takes Z over.
Coordinates coordinates(at::Tensor z) {
  const std::int64_t n = z.size(0), features = z.size(1);
  if (features <= n) {
    const auto [values, axes] = eigenvectors(at::mm(z.t(), z));
    // In place: a second copy of all may not fit.
    constexpr std::int64_t block = 4096;
    for (std::int64_t i = 0; i < n; i += block) {
      const at::Tensor rows = z.slice(0, i, i + block);
      rows.copy_(at::mm(rows, axes));
    }
    return {std::move(z), spread_of(values, n), axes};
  }
  auto [values, vectors] = eigenvectors(at::mm(z, z.t()));
  const at::Tensor kept = at::nonzero(values > 1e-6 * values.max().item<double>()).flatten();
  values = values.index_select(0, kept);
  const at::Tensor axes = at::mm(z.t(), vectors.index_select(1, kept)) / values.sqrt();
  return {at::mm(z, axes), spread_of(values, n), axes};
}

/// 1 / count for the rows that are in: float32 [N].
at::Tensor equal_shares(const at::Tensor& in) {
  return in.to(at::kFloat).div_(in.sum().item<double>());
}

SoftmaxFit from_zero(const at::Tensor& in, std::int64_t classes, std::int64_t axes) {
  return {.shares = equal_shares(in),
          .weight = at::zeros({classes, axes}, at::kDouble),
          .bias = at::zeros({classes}, at::kDouble),
          .logits = {}};
}

struct Selection {
  double penalty = 0;
  std::vector<double> accuracy;  // held out, of each penalty; NaN where it was not tried
  at::Tensor weight, bias;       // with the winner, means over the rounds
};

/// Where a fit ended with the penalty before the last.
struct Ended {
  at::Tensor weight, bias;

  /// Moves the fit from where it ended as it moved until there, times `share`: along log λ its
  /// minimum takes a smooth way.
  void go_on(SoftmaxFit& fit, double share) {
    const Ended now{fit.weight, fit.bias};
    fit.weight = now.weight + share * (now.weight - weight);
    fit.bias = now.bias + share * (now.bias - bias);
    *this = now;
  }
};

/// Compares penalties, which fall, by held-out accuracy, until this has not risen twice.
Selection select(const SoftmaxRows& all, const std::vector<double>& penalties,
                 const LinearProbeOptions& options) {
  constexpr int patience = 2;
  const std::int64_t n = std::min(all.labels.size(0), options.selection_samples);
  SoftmaxRows own = all;
  if (n < all.labels.size(0)) {
    const at::Tensor chosen = proportional_subset(all.labels, n, options.seed);
    own.rows = all.rows.index_select(0, chosen);
    own.labels = all.labels.index_select(0, chosen);
  }
  const at::Tensor fold = stratified_folds(own.labels, options.folds, options.seed);

  std::vector<SoftmaxFit> fits;
  std::vector<at::Tensor> judged;  // bool [N]
  double held_out = 0;
  for (int part = 0; part < (n <= options.small_samples ? options.folds : 1); ++part) {
    const at::Tensor inside = fold.ne(part);
    const auto fitted = inside.sum().item<std::int64_t>();
    if (fitted == 0 || fitted == n) continue;
    held_out += static_cast<double>(n - fitted);
    judged.push_back(inside.logical_not());
    fits.push_back(from_zero(inside, own.classes, own.rows.size(1)));
  }
  Selection selection{
      penalties.front(), std::vector<double>(penalties.size(), std::nan("")), {}, {}};
  if (fits.empty()) return selection;
  double best = -1;
  int without_gain = 0;
  std::vector<Ended> ended(fits.size());
  for (std::size_t i = 0; i < penalties.size() && without_gain < patience; ++i) {
    for (std::size_t j = 0; j < fits.size(); ++j) {
      fits[j].lambda = penalties[i] / fits[j].shares.gt(0).sum().item<double>();
      if (i > 1)
        ended[j].go_on(fits[j], std::log(penalties[i] / penalties[i - 1]) /
                                    std::log(penalties[i - 1] / penalties[i - 2]));
      else
        ended[j] = {fits[j].weight, fits[j].bias};
    }
    fit_softmax(own, fits, {.tolerance = 10 * options.tolerance, .max_passes = options.max_passes});
    double right = 0;
    for (std::size_t j = 0; j < fits.size(); ++j)
      right += fits[j].logits.argmax(1).eq(own.labels).logical_and(judged[j]).sum().item<double>();
    selection.accuracy[i] = right / held_out;
    if (selection.accuracy[i] > best) {
      best = selection.accuracy[i];
      selection.penalty = penalties[i];
      const auto mean = [&](at::Tensor SoftmaxFit::*value) {
        at::Tensor sum = at::zeros_like(fits.front().*value);
        for (const SoftmaxFit& fit : fits) sum.add_(fit.*value);
        return sum.div_(static_cast<double>(fits.size()));
      };
      selection.weight = mean(&SoftmaxFit::weight);
      selection.bias = mean(&SoftmaxFit::bias);
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
  const Coordinates from = coordinates((x - probe.mean).div_(probe.deviation));
  const SoftmaxRows rows{from.rows, from.spread, labels.to(at::kLong).contiguous(), classes};

  probe.penalty = options.penalties.front();
  std::vector<SoftmaxFit> fit = {
      from_zero(at::ones({labels.size(0)}, at::kBool), classes, from.rows.size(1))};
  if (options.penalties.size() > 1) {
    std::vector<double> penalties = options.penalties;
    std::ranges::sort(penalties, std::greater<>());
    penalties.erase(std::ranges::unique(penalties).begin(), penalties.end());
    const Selection selection = select(rows, penalties, options);
    probe.penalty = selection.penalty;
    if (selection.weight.defined()) {
      fit.front().weight = selection.weight;
      fit.front().bias = selection.bias;
    }
    for (const double penalty : options.penalties) {
      probe.selection_accuracy.push_back(
          selection.accuracy[std::ranges::find(penalties, penalty) - penalties.begin()]);
    }
  }
  fit.front().lambda = probe.penalty / static_cast<double>(labels.size(0));
  fit_softmax(rows, fit, {.tolerance = options.tolerance, .max_passes = options.max_passes});
  probe.weight = at::mm(fit.front().weight.to(at::kFloat), from.axes.t());
  probe.bias = fit.front().bias.to(at::kFloat);
  probe.passes = fit.front().passes;
  probe.converged = fit.front().converged;
  return probe;
}

}  // namespace cmc::evaluation
