#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::kernels {

/// What the symmetric sigmoid contrast of two views gives. With s_ij = cos(a_i, b_j) and the log
/// odds x_ij = s_ij/τ + b:
struct SigmoidContrast {
  /// [N] loss of each anchor a_i among the b_j, nats: −log σ(x_ii) − Σ_{j≠i} log σ(−x_ij); 0 where
  /// there is no negative.
  at::Tensor rows;
  /// [N] loss of each anchor b_j among the a_i, nats: −log σ(x_jj) − Σ_{i≠j} log σ(−x_ij); 0 where
  /// there is no negative.
  at::Tensor columns;
  /// [N] similarity of each positive pair, s_ii.
  at::Tensor positive;
  /// [N] k-pair losses of the same scores (SymmetricContrast). Carry no gradient.
  at::Tensor k_pair_rows, k_pair_columns;
  /// [N] largest similarity with a negative, −∞ where there is none. Carry no gradient.
  at::Tensor hardest_rows, hardest_columns;
  /// Scalar: mean similarity over all negative pairs. Carries no gradient.
  at::Tensor negative;
};

/// Contrasts two views of N samples by a sigmoid of each pair (Zhai et al. 2023, SigLIP, arXiv
/// 2303.15343, algorithm 1): every pair is a question of its own, "one sample or two", and no sum
/// over candidates stands below a fraction.
///
/// `a`, `b`: raw embeddings [N, D], row i of both from one sample; they are normalised inside, and
/// the gradient goes through that. `temperature`: scalar τ > 0, `bias`: scalar b, both
/// differentiable. `excluded`: int64 [2, E] or undefined; sample pairs (i, j), i ≠ j, that are
/// neither positive nor negative. Results are float32 (float64 for float64 embeddings); rows,
/// columns and positive are differentiable once.
///
/// On the CPU with float32 or bfloat16 embeddings a fused kernel runs, which never holds the N × N
/// scores and walks over them once: the gradient of a mean over anchors is formed on the way
/// forward. (Where anchors weigh differently, backward walks again.) Else
/// sigmoid_contrast_reference. Throws Error on shapes that differ, numbers that are not float32,
/// bfloat16 or float64, a row that is zero or not finite, τ ≤ 0, a b that is not finite, an
/// excluded pair out of range, or where no sample has a negative. Rows, τ and b are looked at on
/// the CPU alone: another device would have to be waited for.
SigmoidContrast sigmoid_contrast(const at::Tensor& a, const at::Tensor& b,
                                 const at::Tensor& temperature, const at::Tensor& bias,
                                 const at::Tensor& excluded = {});

/// The same by plain libtorch operators, some rows of scores at a time: any device, float64 too;
/// differentiable again, by whole matrices then.
SigmoidContrast sigmoid_contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                           const at::Tensor& temperature, const at::Tensor& bias,
                                           const at::Tensor& excluded = {});

/// Throws Error unless b is one finite real number; on another device than the CPU its value is not
/// looked at.
void check_bias(const at::Tensor& bias);

}  // namespace cmc::kernels
