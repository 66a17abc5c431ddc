#include "cmc/kernels/reference/masked_contrast.h"

#include <ATen/ATen.h>

#include <limits>

#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {

at::Tensor only_negatives(const at::Tensor& scores, const at::Tensor& mask) {
  // A large finite number, not −∞, keeps the gradient of an anchor without negatives at zero.
  return scores.masked_fill(mask, -1e30);
}

MaskedContrast masked_contrast(const at::Tensor& negatives, const at::Tensor& positive,
                               const at::Tensor& temperature, std::int64_t dim) {
  const at::Tensor largest = negatives.detach().amax(dim);
  return {kernels::softplus(at::logsumexp(negatives / temperature, dim) - positive / temperature),
          largest.masked_fill(largest < -2, -std::numeric_limits<double>::infinity())};
}

at::Tensor mean_unmasked(const at::Tensor& scores, const at::Tensor& mask) {
  const at::Tensor pairs = mask.logical_not().sum();
  check_some_meet(pairs.item<std::int64_t>());
  return scores.detach().masked_fill(mask, 0).sum() / pairs;
}

}  // namespace cmc::kernels
