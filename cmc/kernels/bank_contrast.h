#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::kernels {

/// What the contrast of anchors against a bank gives. With s_i⁺ = cos(anchor_i, positive_i) and
/// s_ij = cos(anchor_i, candidate j):
struct BankContrast {
  /// [N] k-pair loss, nats: log(1 + Σ_j exp((s_ij − s_i⁺)/τ)).
  at::Tensor loss;
  /// [N] similarity of each positive pair, s_i⁺.
  at::Tensor positive;
  /// [N] largest similarity with a negative; −∞ where there is none. Carries no gradient.
  at::Tensor hardest;
  /// Scalar: mean similarity over all negative pairs. Carries no gradient.
  at::Tensor negative;
  /// [N] log odds of the negatives against the positive, of which the loss is the softplus:
  /// log Σ_j exp((s_ij − s_i⁺)/τ). −∞ where there is no negative, without gradient.
  at::Tensor log_odds;
};

/// Contrasts N anchors with candidates from a bank of n vectors (Tian et al. 2019, eq. 2 and
/// section 3.4).
///
/// `anchors`, `positives`: raw embeddings [N, D], row i of both from one sample; they are
/// normalised inside, and the gradient goes through that. `bank`: [n, D], float32 or bfloat16, rows
/// of unit length, which is checked of those that are candidates (within 1 %, in bfloat16 2 %); it
/// gets no gradient. `temperature`: scalar τ > 0, differentiable. `picks`: which
/// rows of the bank are candidates: undefined, all n; int64 [k], the same k for every anchor; int64
/// [N, k], its own k for each anchor. A row picked twice counts twice. `excluded`: int64 [2, E] or
/// undefined; pairs (anchor i, candidate j), j a place in `picks` (in the bank where it is
/// undefined), that do not meet.
///
/// On the CPU with float32 or bfloat16 anchors a fused kernel runs, differentiable once, which
/// never holds the N × k scores and forms the anchors' gradient on the way forward; else
/// bank_contrast_reference. Throws Error on shapes that do not match, numbers that are not float32,
/// bfloat16 or float64, a row that is zero or not finite, a candidate that has not unit length, τ ≤
/// 0, a pick or pair out of range, or where no anchor has a negative: an empty bank, no picks, all
/// excluded. Rows and τ are looked at on the CPU alone: another device would have to be waited for.
BankContrast bank_contrast(const at::Tensor& anchors, const at::Tensor& positives,
                           const at::Tensor& bank, const at::Tensor& temperature,
                           const at::Tensor& picks = {}, const at::Tensor& excluded = {});

/// The same by plain libtorch operators, some anchors at a time: any device, float64 too;
/// differentiable again, by whole matrices then.
BankContrast bank_contrast_reference(const at::Tensor& anchors, const at::Tensor& positives,
                                     const at::Tensor& bank, const at::Tensor& temperature,
                                     const at::Tensor& picks = {}, const at::Tensor& excluded = {});

/// Similarities [N, k] of unit `anchors` [N, D] with the picked rows of the bank, differentiable in
/// the anchors: an N × k matrix in memory (and N × n where each anchor has its own picks).
at::Tensor bank_similarities(const at::Tensor& anchors, const at::Tensor& bank,
                             const at::Tensor& picks);

/// Throws Error unless `bank` is [n, D] for anchors [N, D] on their device, n ≥ 1, and `picks` is
/// as bank_contrast takes it and not empty.
void check_bank(const at::Tensor& anchors, const at::Tensor& bank, const at::Tensor& picks);

/// Throws Error where a row of the bank that is a candidate has not unit length, as bank_contrast
/// does.
void check_bank_lengths(const at::Tensor& bank, const at::Tensor& picks);

/// Throws the Error that names a row of the bank that has not unit length.
[[noreturn]] void fail_bank_row(const at::Tensor& bank, std::int64_t row);

}  // namespace cmc::kernels
