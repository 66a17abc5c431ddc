#include "cmc/evaluation/ridge_regression.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"

namespace cmc::evaluation {
namespace {

/// Up to so many values the features are kept in double precision, beyond it in single.
constexpr std::int64_t most_doubles = std::int64_t{1} << 24;

/// Z = U diag(√s) Vᵀ without V: float [N, R] with orthonormal columns, and float64 [R].
struct Spectrum {
  at::Tensor axes, squares;
};

/// By the smaller of Z Zᵀ and Zᵀ Z; axes that rounding alone has put there are left out.
Spectrum spectrum(const at::Tensor& z) {
  const bool wide = z.size(1) > z.size(0);
  auto [values, vectors] =
      at::linalg_eigh((wide ? at::mm(z, z.t()) : at::mm(z.t(), z)).to(at::kDouble));
  const double rounding = z.scalar_type() == at::kDouble ? 1e-12 : 1e-6;
  const at::Tensor kept = at::nonzero(values > rounding * values.max().item<double>()).flatten();
  values = values.index_select(0, kept);
  vectors = vectors.index_select(1, kept).to(z.scalar_type());
  if (wide) return {vectors, values};
  return {at::mm(z, vectors / values.sqrt().to(z.scalar_type())), values};
}

}  // namespace

at::Tensor RidgeRegression::predict(const at::Tensor& features) const {
  const at::Tensor scaled = weight / deviation;
  // A product in the features' own precision makes no copy of them in another.
  return at::mv(features, scaled.to(features.scalar_type())).to(at::kDouble) +
         (bias - at::dot(scaled, mean).item<double>());
}

RidgeRegression fit_ridge_regression(const at::Tensor& features, const at::Tensor& targets,
                                     const RidgeOptions& options) {
  const at::NoGradGuard no_grad;
  check(features.dim() == 2 && features.size(0) >= 2 && features.size(1) > 0 &&
            targets.dim() == 1 && targets.size(0) == features.size(0),
        "ridge regression of features [{}] and targets [{}]: [N, F] and [N] with N ≥ 2 were "
        "expected",
        fmt::join(features.sizes(), ", "), fmt::join(targets.sizes(), ", "));
  check(!options.penalties.empty() &&
            std::ranges::all_of(options.penalties, [](double penalty) { return penalty > 0; }),
        "penalties = {}: each must be above 0", options.penalties);
  const at::Tensor y = targets.to(at::kDouble);
  check(y.isfinite().all().item<bool>(), "targets must be finite");
  const double n = static_cast<double>(y.size(0));
  const at::Tensor x = features.to(features.numel() <= most_doubles ? at::kDouble : at::kFloat);

  RidgeRegression ridge;
  const at::Tensor mean = x.mean(0), deviation = x.std(0, false);
  const at::Tensor constant = deviation.eq(0);
  const at::Tensor scale = at::where(constant, at::ones_like(deviation), deviation);
  ridge.mean = mean.to(at::kDouble);
  ridge.deviation = scale.to(at::kDouble);
  ridge.bias = y.mean().item<double>();
  const at::Tensor z = (x - mean) / scale, centred = y - ridge.bias;
  const Spectrum found = spectrum(z);
  const at::Tensor coordinates =
      at::mv(found.axes.t(), centred.to(z.scalar_type())).to(at::kDouble);
  const at::Tensor squared = found.axes.square();

  double best = 0;
  for (const double penalty : options.penalties) {
    const at::Tensor shrink = found.squares / (found.squares + penalty);
    const at::Tensor fitted =
        at::mv(found.axes, (shrink * coordinates).to(z.scalar_type())).to(at::kDouble);
    const at::Tensor leverage = at::mv(squared, shrink.to(z.scalar_type())).to(at::kDouble) + 1 / n;
    const double error =
        ((centred - fitted) / (1 - leverage).clamp_min(1e-12)).square().mean().item<double>();
    ridge.selection_error.push_back(error);
    const bool first = ridge.penalty == 0;
    if (first || error < best || (error == best && penalty > ridge.penalty)) {
      best = error;
      ridge.penalty = penalty;
    }
  }
  const at::Tensor along = coordinates / (found.squares + ridge.penalty);
  ridge.weight = at::mv(z.t(), at::mv(found.axes, along.to(z.scalar_type()))).to(at::kDouble);
  return ridge;
}

double r_squared(const at::Tensor& predicted, const at::Tensor& targets) {
  const double all = (targets - targets.mean()).square().sum().item<double>();
  if (!(all > 0)) return std::nan("");
  return 1 - (targets - predicted).square().sum().item<double>() / all;
}

double mean_absolute_error(const at::Tensor& predicted, const at::Tensor& targets) {
  return (targets - predicted).abs().mean().item<double>();
}

}  // namespace cmc::evaluation
