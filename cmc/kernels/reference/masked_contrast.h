#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::kernels {

/// Scores [N, K] with a value far below every cosine where `mask`, bool [N, K], says that a pair is
/// no negative.
at::Tensor only_negatives(const at::Tensor& scores, const at::Tensor& mask);

/// What only_negatives(…) says of the anchors, by plain operators.
struct MaskedContrast {
  /// k-pair loss of each anchor, nats, and its largest negative similarity; −∞ where it has none.
  at::Tensor loss, hardest;
};

/// `positive`: similarity of each anchor with its positive; `dim`: 1 where anchors are rows, 0
/// where they are columns.
MaskedContrast masked_contrast(const at::Tensor& negatives, const at::Tensor& positive,
                               const at::Tensor& temperature, std::int64_t dim);

/// Scalar: mean of the scores that are not masked. Throws Error where all are.
at::Tensor mean_unmasked(const at::Tensor& scores, const at::Tensor& mask);

}  // namespace cmc::kernels
