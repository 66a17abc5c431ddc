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

}  // namespace cmc::contrast
