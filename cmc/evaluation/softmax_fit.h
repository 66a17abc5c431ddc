#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cmc::evaluation {

/// Rows that several softmax regressions are fitted to.
struct SoftmaxRows {
  at::Tensor rows;           ///< xᵢ, float32 [N, R]
  at::Tensor spread;         ///< float64 [R]: about the mean of x² along each axis, positive
  at::Tensor labels;         ///< yᵢ, int64 [N] in 0 … classes − 1
  std::int64_t classes = 0;  ///< K
};

/// One regression: the minimum of
///
///   J(W, b) = −Σᵢ aᵢ log p(yᵢ | xᵢ) + λ/2 ‖W‖²,  p(y | x) ∝ exp(W x + b).
struct SoftmaxFit {
  at::Tensor shares;  ///< a, float32 [N], 0 or more with sum 1; rows of share 0 are predicted alone
  double lambda = 0;  ///< λ > 0
  at::Tensor weight;  ///< W, float64 [K, R]: where the descent starts, afterwards where it ended
  at::Tensor bias;    ///< b, float64 [K], likewise
  at::Tensor logits;  ///< afterwards W xᵢ + b of every row, float64 [N, K]
  int passes = 0;     ///< products of all rows with a direction, or of residuals with all rows
  bool converged = false;
};

struct SoftmaxFitOptions {
  /// Converged where J is within about so much of its minimum, in nats: ½ gᵀ D⁻¹ g, with the
  /// gradient g and the curvature's diagonal D.
  double tolerance = 1e-6;
  int max_passes = 2000;
};

/// Minimises each fit's J by Newton's method, whose equations are solved by conjugate gradients as
/// far as a step needs (Nocedal and Wright, algorithm 7.1). D is h s + λ, with the mean h of p (1 −
/// p) of a class and the spread s of an axis: good where the axes are uncorrelated. Fits go side by
/// side, so that each product with the rows is one for all of them; none depends on the others but
/// for rounding.
void fit_softmax(const SoftmaxRows& rows, std::vector<SoftmaxFit>& fits,
                 const SoftmaxFitOptions& options = {});

}  // namespace cmc::evaluation
