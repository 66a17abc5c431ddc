#pragma once

#include <optional>
#include <vector>

namespace cmc::advice {

/// y at x with its standard error.
struct MeasuredPoint {
  double x = 0;
  double y = 0;
  double error = 0;
};

/// Where a curve y = a + b x + c x² that bends down is highest.
struct Vertex {
  double x = 0;      ///< −b/2c
  double error = 0;  ///< its standard error, by the errors of b and c (delta method)
  double y = 0;
};

/// y = a + b x + c x².
struct Parabola {
  double a = 0, b = 0, c = 0;
  /// Unless c ≥ 0.
  std::optional<Vertex> peak = {};
  /// The largest distance of a point from the curve, in standard errors: far above 3, the curve is
  /// no parabola.
  double misfit = 0;

  double at(double x) const { return a + x * (b + x * c); }
};

/// The parabola of least Σ ((y − a − b x − c x²) / error)². Nothing where fewer than three x
/// differ. Throws Error where an error is not positive.
std::optional<Parabola> fit_parabola(const std::vector<MeasuredPoint>& points);

}  // namespace cmc::advice
