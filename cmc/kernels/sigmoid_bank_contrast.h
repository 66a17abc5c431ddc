#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::kernels {

/// What the sigmoid contrast of anchors against a bank gives. With s_i⁺ = cos(anchor_i,
/// positive_i), s_ij = cos(anchor_i, candidate j), and log odds x = s/τ + b:
struct SigmoidBankContrast {
  /// [N] loss, nats: −log σ(x_i⁺) − Σ_j log σ(−x_ij); 0 where there is no negative.
  at::Tensor loss;
  /// [N] similarity of each positive pair, s_i⁺.
  at::Tensor positive;
  /// [N] k-pair loss of the same scores (BankContrast), and largest similarity with a negative, −∞
  /// where there is none. Carry no gradient.
  at::Tensor k_pair, hardest;
  /// Scalar: mean similarity over all negative pairs. Carries no gradient.
  at::Tensor negative;
};

/// Contrasts N anchors with candidates from a bank of n vectors by a sigmoid of each pair (Zhai et
/// al. 2023, arXiv 2303.15343, algorithm 1).
///
/// Arguments as bank_contrast has them, and `bias`: scalar b, differentiable. On the CPU with
/// float32 or bfloat16 anchors a fused kernel runs, differentiable once, which never holds the N ×
/// k scores and forms the anchors' gradient on the way forward; else
/// sigmoid_bank_contrast_reference. Throws Error as bank_contrast does, and on a b that is not
/// finite.
SigmoidBankContrast sigmoid_bank_contrast(const at::Tensor& anchors, const at::Tensor& positives,
                                          const at::Tensor& bank, const at::Tensor& temperature,
                                          const at::Tensor& bias, const at::Tensor& picks = {},
                                          const at::Tensor& excluded = {});

/// The same by plain libtorch operators, some anchors at a time: any device, float64 too;
/// differentiable again, by whole matrices then.
SigmoidBankContrast sigmoid_bank_contrast_reference(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& temperature, const at::Tensor& bias, const at::Tensor& picks = {},
    const at::Tensor& excluded = {});

}  // namespace cmc::kernels
