#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::contrast {

/// What anchors' scores with many tuples add up to.
struct TupleSums {
  /// [A] log Σ_t exp(s_t/τ) over the tuples that the anchor meets, differentiable once.
  at::Tensor log_sum;
  /// [A] the largest s_t; carries no gradient.
  at::Tensor hardest;
  /// Scalar float64: Σ s_t over all anchors; carries no gradient.
  at::Tensor total;
};

/// Sums over scores s = Σ_d x_d l_d r_d of each anchor x with each tuple (r, l), without holding
/// A × tuples of them: blocks of anchors are scored, and scored again for the gradient.
///
/// `anchors`: [A, D]; `left`: [p, D]; `right`: [q, D], or undefined: ones, q = 1. Tuple j of the
/// q · p is r = ⌊j/p⌋, l = j mod p. `excluded`: int64 [A, e], tuples that each anchor does not
/// meet, none twice, e < q · p. `temperature`: scalar τ, differentiable. All float32 or float64 and
/// of one device.
TupleSums tuple_sums(const at::Tensor& anchors, const at::Tensor& left, const at::Tensor& right,
                     const at::Tensor& excluded, const at::Tensor& temperature);

}  // namespace cmc::contrast
