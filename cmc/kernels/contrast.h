#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::kernels {

/// What the symmetric contrast of two views gives. With s_ij = cos(a_i, b_j):
struct SymmetricContrast {
  /// [N] k-pair loss of each anchor a_i among the b_j, nats: log(1 + Σ_{j≠i} exp((s_ij − s_ii)/τ)).
  at::Tensor rows;
  /// [N] k-pair loss of each anchor b_j among the a_i, nats: log(1 + Σ_{i≠j} exp((s_ij − s_jj)/τ)).
  at::Tensor columns;
  /// [N] similarity of each positive pair, s_ii.
  at::Tensor positive;
  /// [N] largest similarity of a_i with a negative; −∞ where it has none. Carries no gradient.
  at::Tensor hardest_rows;
  /// [N] largest similarity of b_j with a negative; −∞ where it has none. Carries no gradient.
  at::Tensor hardest_columns;
  /// Scalar: mean similarity over all negative pairs. Carries no gradient.
  at::Tensor negative;
  /// [N] log odds of each anchor's negatives against its positive, of which the losses are the
  /// softplus: log Σ_{j≠i} exp((s_ij − s_ii)/τ), and log Σ_{i≠j} exp((s_ij − s_jj)/τ). −∞ where
  /// there is no negative, without gradient.
  at::Tensor log_odds_rows, log_odds_columns;
};

/// Contrasts two views of N samples in both directions (Tian et al. 2019, eq. 2 and 4; the sum runs
/// over the other N − 1 samples of the batch).
///
/// `a`, `b`: raw embeddings [N, D], row i of both from one sample; they are normalised inside, and
/// the gradient goes through that. `temperature`: scalar τ > 0, differentiable. `excluded`: int64
/// [2, E] or undefined; sample pairs (i, j), i ≠ j, such that a_i does not meet b_j as a negative
/// (nor b_j a_i). Results are float32 (float64 for float64 embeddings); rows, columns, positive and
/// log odds are differentiable once.
///
/// On the CPU with float32 or bfloat16 embeddings a fused kernel runs, which never holds the N × N
/// scores; else contrast_reference. Throws Error on shapes that differ, numbers that are not
/// float32, bfloat16 or float64, a row that is zero or not finite, τ ≤ 0, an excluded pair out of
/// range, or where no sample has a negative: N = 1, or all pairs excluded.
/// Rows and τ are looked at on the CPU alone: another device would have to be waited for.
///
/// With a group, all its processes call it with the same: the fused kernel shares the rows of the
/// scores out among them, both ways, and every process has the whole result and the whole
/// gradients.
SymmetricContrast contrast(const at::Tensor& a, const at::Tensor& b, const at::Tensor& temperature,
                           const at::Tensor& excluded = {},
                           distributed::ProcessGroup* group = nullptr);

/// The same by plain libtorch operators, some rows of scores at a time: any device, float64 too;
/// differentiable again, by whole matrices then.
SymmetricContrast contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                     const at::Tensor& temperature,
                                     const at::Tensor& excluded = {});

/// Throws Error where the batch is one sample: it has no negative.
void check_two_samples(const at::Tensor& embeddings);

}  // namespace cmc::kernels
