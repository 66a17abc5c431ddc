#include "cmc/advice/parabola.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cmc/error.h"

namespace cmc::advice {

std::optional<Parabola> fit_parabola(const std::vector<MeasuredPoint>& points) {
  std::set<double> places;
  double middle = 0;
  for (const MeasuredPoint& point : points) {
    check(point.error > 0 && std::isfinite(point.error),
          "a point with the standard error {} was to be fitted; it must be positive", point.error);
    places.insert(point.x);
    middle += point.x / static_cast<double>(points.size());
  }
  if (places.size() < 3) return std::nullopt;

  // Around the middle of x and in units of its reach, so that the three columns are alike in size.
  const double reach = std::max(*places.rbegin() - middle, middle - *places.begin());
  const auto n = static_cast<std::int64_t>(points.size());
  at::Tensor design = at::empty({n, 3}, at::kDouble), wanted = at::empty({n}, at::kDouble);
  auto rows = design.accessor<double, 2>();
  auto values = wanted.accessor<double, 1>();
  for (std::int64_t i = 0; i < n; ++i) {
    const MeasuredPoint& point = points[static_cast<std::size_t>(i)];
    const double u = (point.x - middle) / reach;
    for (int power = 0; power < 3; ++power) rows[i][power] = std::pow(u, power) / point.error;
    values[i] = point.y / point.error;
  }
  const at::Tensor covariance = at::linalg_inv(at::mm(design.t(), design));
  const at::Tensor coefficients = at::mv(covariance, at::mv(design.t(), wanted));
  const auto p = coefficients.accessor<double, 1>();
  const auto v = covariance.accessor<double, 2>();

  Parabola fit;
  fit.c = p[2] / (reach * reach);
  fit.b = p[1] / reach - 2 * fit.c * middle;
  fit.a = p[0] - middle * (p[1] / reach) + fit.c * middle * middle;
  for (const MeasuredPoint& point : points)
    fit.misfit = std::max(fit.misfit, std::abs(point.y - fit.at(point.x)) / point.error);
  if (p[2] < 0) {
    const double u = -p[1] / (2 * p[2]);
    // ∂u/∂p₁ = −1/2p₂, ∂u/∂p₂ = p₁/2p₂².
    const double by1 = -1 / (2 * p[2]), by2 = p[1] / (2 * p[2] * p[2]);
    const double variance = by1 * by1 * v[1][1] + 2 * by1 * by2 * v[1][2] + by2 * by2 * v[2][2];
    const double x = middle + reach * u;
    fit.peak = Vertex{.x = x, .error = reach * std::sqrt(variance), .y = fit.at(x)};
  }
  return fit;
}

}  // namespace cmc::advice
