#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

// Closed forms of Gaussian variables, in nats: the known truth that estimators are held against.

namespace cmc::information {

/// I(X; Y) = ½ log [det Σ_XX det Σ_YY / det Σ] of jointly Gaussian variables (Cover and Thomas,
/// Elements of Information Theory, section 8.5). `covariance`: Σ, float [d, d]; X is its first
/// `x_dim` dimensions and Y the rest. Throws Error unless Σ is symmetric positive definite and
/// 0 < x_dim < d.
double gaussian_information(const at::Tensor& covariance, std::int64_t x_dim);

/// The same of samples, by their covariance: −½ Σ log(1 − ρᵢ²) of their canonical correlations ρᵢ
/// (Hotelling 1936, "Relations between two sets of variates"). Of Gaussian variables an estimate
/// that is too high by some d_x d_y/(2N); of others it sees what is linear alone. x: float
/// [N, d_x], y: float [N, d_y]. Throws Error on other shapes, values that are not finite, or
/// columns of which one is a combination of others, as with N ≤ d_x + d_y.
double cca_information(const at::Tensor& x, const at::Tensor& y);

/// −(d/2) log(1 − ρ²): the information of d independent pairs of unit Gaussians with correlation ρ
/// each. Throws Error unless d ≥ 1 and |ρ| < 1.
double correlated_gaussian_information(std::int64_t dim, double correlation);

/// The correlation ρ ≥ 0 with which d pairs have this information: ρ = √(1 − exp(−2I/d)). Throws
/// Error unless d ≥ 1 and I ≥ 0.
double gaussian_correlation(std::int64_t dim, double information);

/// log [p(y_j | x_i)/p(y_j)], [N, M], of such pairs: the optimal critic of InfoNCE, and, with 1
/// added, of NWJ. x: [N, d], y: [M, d].
at::Tensor correlated_gaussian_critic(const at::Tensor& x, const at::Tensor& y, double correlation);

}  // namespace cmc::information
