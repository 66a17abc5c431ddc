#include "cmc/information/gaussian.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::information {
namespace {

/// log det of a symmetric positive definite matrix, by its eigenvalues.
double log_determinant(const at::Tensor& matrix) {
  const at::Tensor eigenvalues = at::linalg_eigvalsh(matrix);
  check(eigenvalues.min().item<double>() > 0,
        "the covariance is not positive definite: its least eigenvalue is {}",
        eigenvalues.min().item<double>());
  return eigenvalues.log().sum().item<double>();
}

}  // namespace

double gaussian_information(const at::Tensor& covariance, std::int64_t x_dim) {
  check(covariance.dim() == 2 && covariance.size(0) == covariance.size(1),
        "a covariance is a square matrix");
  const std::int64_t dim = covariance.size(0);
  check(x_dim > 0 && x_dim < dim, "x_dim = {}: it is within [1, {}], so that both have dimensions",
        x_dim, dim - 1);
  const at::Tensor sigma = covariance.to(at::kDouble);
  check(at::allclose(sigma, sigma.t(), 1e-5, 1e-8), "a covariance is symmetric");
  const at::Tensor x = sigma.narrow(0, 0, x_dim).narrow(1, 0, x_dim);
  const at::Tensor y = sigma.narrow(0, x_dim, dim - x_dim).narrow(1, x_dim, dim - x_dim);
  return 0.5 * (log_determinant(x) + log_determinant(y) - log_determinant(sigma));
}

double cca_information(const at::Tensor& x, const at::Tensor& y) {
  check(x.dim() == 2 && y.dim() == 2 && x.size(0) == y.size(0) && x.is_floating_point() &&
            y.is_floating_point(),
        "x is a floating [N, d] and y another, of the same N");
  const at::Tensor both = at::cat({x.detach().to(at::kDouble), y.detach().to(at::kDouble)}, 1);
  check(both.isfinite().all().item<bool>(), "a value is not finite");
  check(both.size(0) > both.size(1),
        "{} samples of {} columns: there are more samples than columns", both.size(0),
        both.size(1));
  // Of each column's own scale, so that none rounds another away.
  const at::Tensor centred = both - both.mean(0, true);
  const at::Tensor scaled = centred / centred.square().mean(0, true).sqrt();
  check(scaled.isfinite().all().item<bool>(), "a column has one value alone");
  return gaussian_information(at::mm(scaled.t(), scaled) / scaled.size(0), x.size(1));
}

double correlated_gaussian_information(std::int64_t dim, double correlation) {
  check(dim >= 1 && std::abs(correlation) < 1, "d = {}, ρ = {}: d ≥ 1 and |ρ| < 1", dim,
        correlation);
  return -0.5 * static_cast<double>(dim) * std::log1p(-correlation * correlation);
}

double gaussian_correlation(std::int64_t dim, double information) {
  check(dim >= 1 && information >= 0, "d = {}, I = {}: d ≥ 1 and I ≥ 0", dim, information);
  return std::sqrt(-std::expm1(-2 * information / static_cast<double>(dim)));
}

at::Tensor correlated_gaussian_critic(const at::Tensor& x, const at::Tensor& y,
                                      double correlation) {
  check(x.dim() == 2 && y.dim() == 2 && x.size(1) == y.size(1),
        "x is [N, d] and y [M, d], of the same d");
  check(std::abs(correlation) < 1, "ρ = {}: |ρ| < 1", correlation);
  // Σ_d −½ log(1 − ρ²) − (ρ² x² + ρ² y² − 2ρ x y) / (2 (1 − ρ²)).
  const double spread = 2 * (1 - correlation * correlation);
  const double square = correlation * correlation / spread;
  return correlated_gaussian_information(x.size(1), correlation) -
         square * (x.square().sum(1).unsqueeze(1) + y.square().sum(1).unsqueeze(0)) +
         (2 * correlation / spread) * at::mm(x, y.t());
}

}  // namespace cmc::information
