#pragma once

#include <cstdint>

namespace cmc::information {

/// I(X; Y), nats, of the first d_x dimensions and the others of Student's multivariate distribution
/// with ν degrees of freedom and dispersion I (Arellano-Valle, Contreras-Reyes and Genton 2013,
/// "Shannon entropy and mutual information for multivariate skew-elliptical distributions"):
///
///   log [Γ(ν/2) Γ((ν + d)/2) / (Γ((ν + d_x)/2) Γ((ν + d_y)/2))] + h(ν + d_x) + h(ν + d_y)
///     − h(ν + d) − h(ν),  h(a) = a/2 ψ(a/2), d = d_x + d_y.
///
/// No two dimensions correlate, and still they share: all are far out together. A dispersion Σ adds
/// gaussian_information(Σ, d_x). Throws Error unless d_x, d_y ≥ 1 and ν > 0.
double student_information(std::int64_t x_dim, std::int64_t y_dim, double freedom);

}  // namespace cmc::information
