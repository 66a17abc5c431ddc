#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/softplus.h"

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

  const at::Tensor pairs = mask.logical_not().sum();
  check_some_meet(pairs.item<std::int64_t>());

  // A large finite number, not −∞, keeps the gradient of a row without negatives at zero.
  const at::Tensor negatives = scores.masked_fill(mask, -1e30);
  const auto loss = [&](std::int64_t dim) {
    return kernels::softplus(at::logsumexp(negatives / temperature, dim) - positive / temperature);
  };
  const auto hardest = [&](std::int64_t dim) {
    const at::Tensor largest = negatives.detach().amax(dim);
    return largest.masked_fill(largest < -2, -std::numeric_limits<double>::infinity());
  };
  return {loss(1),    loss(0),    positive,
          hardest(1), hardest(0), scores.detach().masked_fill(mask, 0).sum() / pairs};
}

}  // namespace cmc::kernels
