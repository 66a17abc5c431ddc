#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::kernels {

/// Where the mean over an anchor's positives is taken.
enum class PositiveMean {
  /// Of the logarithms (Khosla et al. 2020, eq. 2, L_out).
  outside,
  /// Inside the logarithm (eq. 3, L_in).
  inside,
};

/// What contrasting with several positives gives of N anchors. With s⁺ an anchor's similarity with
/// its own sample's other view, P its positives, that one among them, and A all that it meets,
/// positives and negatives:
struct MultiPositiveLosses {
  /// [N] nats. outside: log Σ_{a ∈ A} exp(s_a/τ) − (1/|P|) Σ_{p ∈ P} s_p/τ; inside: log Σ_{a ∈ A}
  /// exp(s_a/τ) − log((1/|P|) Σ_{p ∈ P} exp(s_p/τ)). 0 where the anchor has no negative.
  at::Tensor loss;
  /// [N] k-pair value, nats: log(1 + Σ exp((s − s⁺)/τ)) over the negatives. Carries no gradient.
  at::Tensor k_pair;
  /// [N] largest similarity with a negative; −∞ where there is none. Carries no gradient.
  at::Tensor hardest;
  /// Number of negatives, int64 [N].
  at::Tensor negatives;
};

/// What the symmetric contrast of two views with several positives gives.
struct MultiPositiveContrast {
  /// Of each anchor a_i among the b_j, and of each anchor b_j among the a_i.
  MultiPositiveLosses rows, columns;
  /// [N] similarity of each sample's two views, s⁺. Carries no gradient.
  at::Tensor positive;
  /// Scalar: mean similarity over all negative pairs; NaN where there are none. Carries no
  /// gradient.
  at::Tensor negative;
};

/// Supervised contrast of two views of N samples in both directions (Khosla et al. 2020, arXiv
/// 2004.11362, eq. 2 and 3): an anchor of one view has as positives its own sample in the other
/// view and those that share a group with it. The paper's pool of 2N crops has the anchor's own
/// view among its candidates too; here an anchor meets the other view alone.
///
/// `a`, `b`: raw embeddings [N, D], row i of both from one sample; they are normalised inside, and
/// the gradient goes through that. `groups`: int64 [N] or [N, C]; samples that have the same number
/// in one of the columns are positives of each other; a negative number is no group. `temperature`:
/// scalar τ > 0, differentiable. `excluded`: int64 [2, E] or undefined; pairs (i, j), i ≠ j, that
/// do not meet, as positives or as negatives. Losses are float32 (float64 for float64 embeddings),
/// differentiable once.
///
/// On the CPU with float32 or bfloat16 embeddings a fused kernel runs, which never holds the N × N
/// scores; else multi_positive_contrast_reference. Throws Error as kernels::contrast does, and on
/// groups of another shape.
MultiPositiveContrast multi_positive_contrast(const at::Tensor& a, const at::Tensor& b,
                                              const at::Tensor& groups,
                                              const at::Tensor& temperature,
                                              const at::Tensor& excluded = {},
                                              PositiveMean mean = PositiveMean::outside);

/// The same by plain libtorch operators, some anchors' scores at a time (reference/score_sums.h):
/// any device, float64 too.
MultiPositiveContrast multi_positive_contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                                        const at::Tensor& groups,
                                                        const at::Tensor& temperature,
                                                        const at::Tensor& excluded = {},
                                                        PositiveMean mean = PositiveMean::outside);

/// What the contrast of anchors with a bank and several positives gives.
struct MultiPositiveBankContrast {
  MultiPositiveLosses anchors;
  /// As MultiPositiveContrast has them.
  at::Tensor positive, negative;
};

/// The same of N anchors with candidates from a bank: an anchor's positives are its own one, row i
/// of `positives`, and the candidates that share a group with it.
///
/// `anchors`, `positives`, `bank`, `temperature`, `picks` and `excluded` as kernels::bank_contrast
/// has them; `groups`: int64 [N] or [N, C], of the anchors; `bank_groups`: int64 [n] or [n, C], of
/// the bank's rows. The bank gets no gradient. Runs and throws as bank_contrast does, but walks the
/// candidates a second time for the gradient.
MultiPositiveBankContrast multi_positive_bank_contrast(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& groups, const at::Tensor& bank_groups, const at::Tensor& temperature,
    const at::Tensor& picks = {}, const at::Tensor& excluded = {},
    PositiveMean mean = PositiveMean::outside);

/// The same by plain libtorch operators, some anchors' scores at a time: any device, float64 too.
MultiPositiveBankContrast multi_positive_bank_contrast_reference(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& groups, const at::Tensor& bank_groups, const at::Tensor& temperature,
    const at::Tensor& picks = {}, const at::Tensor& excluded = {},
    PositiveMean mean = PositiveMean::outside);

}  // namespace cmc::kernels
