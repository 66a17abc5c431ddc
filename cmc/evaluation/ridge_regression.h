#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace cmc::evaluation {

struct RidgeOptions {
  /// Candidates for α. With one candidate nothing is chosen.
  std::vector<double> penalties = {1e5, 3e4, 1e4, 3e3, 1e3, 300,  100, 30,
                                   10,  3,   1,   0.3, 0.1, 0.03, 0.01};
};

/// Ridge regression on standardised features: ŷ = w · (x − μ) / σ + b.
struct RidgeRegression {
  at::Tensor mean;       ///< μ, float64 [F]
  at::Tensor deviation;  ///< σ, float64 [F]; 1 where a feature is constant
  at::Tensor weight;     ///< w, float64 [F]
  double bias = 0;       ///< b
  double penalty = 0;    ///< α
  /// The mean squared error of each candidate on samples left out one at a time, in the order of
  /// the options.
  std::vector<double> selection_error;

  /// float64 [N] for features [N, F].
  at::Tensor predict(const at::Tensor& features) const;
};

/// The minimum of
///
///   J(w, b) = Σᵢ (yᵢ − w · zᵢ − b)² + α ‖w‖²,  z = (x − μ) / σ,
///
/// with μ and σ the mean and deviation of these features; α is sklearn's alpha. Of several
/// penalties that with the least squared error in leave-one-out cross-validation wins, of equals
/// the largest. Leaving sample i out is exact and costs no fit (Golub, Heath, Wahba, 1979): its
/// error is (yᵢ − ŷᵢ) / (1 − hᵢᵢ), H the matrix that maps y to ŷ, for z as standardised by all.
///
/// features: float [N, F], N ≥ 2. targets: float64 [N], finite. Throws Error on other shapes or
/// values, or where no penalty is given or one is not above 0.
RidgeRegression fit_ridge_regression(const at::Tensor& features, const at::Tensor& targets,
                                     const RidgeOptions& options = {});

/// R² = 1 − Σ (yᵢ − ŷᵢ)² / Σ (yᵢ − ȳ)², ȳ the mean of these yᵢ: 1 is the best, 0 what their mean
/// itself reaches; NaN where all yᵢ are equal. Both float64 [N].
double r_squared(const at::Tensor& predicted, const at::Tensor& targets);

/// The mean of |yᵢ − ŷᵢ|, in the targets' unit. Both float64 [N].
double mean_absolute_error(const at::Tensor& predicted, const at::Tensor& targets);

}  // namespace cmc::evaluation
