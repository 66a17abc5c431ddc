#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::contrast {

/// Cosine similarities of A anchors with their candidates; what every loss is a function of.
struct Similarities {
  /// [A] with the anchor's positive.
  at::Tensor positive;
  /// [A, K] with the candidate negatives.
  at::Tensor negative;
  /// bool [A, K]: candidates that are no negatives of this anchor; undefined: all are.
  at::Tensor excluded = {};
};

/// Both directions of the batch as candidates. `scores` [N, N]: s_ij of anchor i's embedding in the
/// first view with sample j's in the second; the diagonal holds the positives. `excluded`: bool [N,
/// N] or undefined, beside the diagonal.
Similarities batch_similarities(const at::Tensor& scores, const at::Tensor& excluded = {});

/// Number of negatives of each anchor, int64 [A].
at::Tensor negative_counts(const Similarities& similarities);

/// Negative similarities with `value` where a candidate is excluded, [A, K].
at::Tensor masked_negatives(const Similarities& similarities, double value);

/// Σ over the negatives of each anchor of `terms` [A, K]: [A].
at::Tensor sum_negatives(const Similarities& similarities, const at::Tensor& terms);

/// `values` [A] with 0 for anchors that have no negative.
at::Tensor zero_without_negatives(const Similarities& similarities, const at::Tensor& values);

}  // namespace cmc::contrast
