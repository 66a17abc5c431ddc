#include "cmc/contrast/losses/similarities.h"

#include <ATen/ATen.h>

#include "cmc/error.h"

namespace cmc::contrast {

Similarities batch_similarities(const at::Tensor& scores, const at::Tensor& excluded) {
  check(scores.dim() == 2 && scores.size(0) == scores.size(1),
        "the batch's similarities are [{}]; they must be square", fmt::join(scores.sizes(), ", "));
  const at::Tensor self = at::eye(scores.size(0), scores.options().dtype(at::kBool));
  return {scores.diagonal(), scores, excluded.defined() ? self.logical_or(excluded) : self};
}

at::Tensor negative_counts(const Similarities& similarities) {
  const auto& [positive, negative, excluded] = similarities;
  if (excluded.defined()) return excluded.logical_not().sum(1);
  return at::full({negative.size(0)}, negative.size(1), negative.options().dtype(at::kLong));
}

at::Tensor masked_negatives(const Similarities& similarities, double value) {
  const auto& [positive, negative, excluded] = similarities;
  return excluded.defined() ? negative.masked_fill(excluded, value) : negative;
}

at::Tensor sum_negatives(const Similarities& similarities, const at::Tensor& terms) {
  const at::Tensor& excluded = similarities.excluded;
  return (excluded.defined() ? terms.masked_fill(excluded, 0) : terms).sum(1);
}

at::Tensor zero_without_negatives(const Similarities& similarities, const at::Tensor& values) {
  return values.masked_fill(negative_counts(similarities) == 0, 0);
}

}  // namespace cmc::contrast
