#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/reference/masked_contrast.h"

namespace cmc::kernels {

void check_two_samples(const at::Tensor& embeddings) {
  check(embeddings.size(0) != 1,
        "there is no candidate negative: the batch is 1 sample, and needs at least 2");
}

SymmetricContrast contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                     const at::Tensor& temperature, const at::Tensor& excluded) {
  check_temperature(temperature);
  check_same(a, b, "a", "b");
  const at::Tensor scores = unit_rows(a, "a").matmul(unit_rows(b, "b").t());
  check_two_samples(a);
  const std::int64_t n = scores.size(0);
  const at::Tensor positive = scores.diagonal();
  at::Tensor mask = at::eye(n, scores.options().dtype(at::kBool));
  if (excluded.defined()) mask = mask.logical_or(excluded_mask(excluded, n, n, scores.device()));

  const at::Tensor negative = mean_unmasked(scores, mask);
  const at::Tensor negatives = only_negatives(scores, mask);
  const MaskedContrast rows = masked_contrast(negatives, positive, temperature, 1),
                       columns = masked_contrast(negatives, positive, temperature, 0);
  return {rows.loss, columns.loss, positive, rows.hardest, columns.hardest, negative};
}

}  // namespace cmc::kernels
