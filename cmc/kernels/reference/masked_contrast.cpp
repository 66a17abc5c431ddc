#include "cmc/kernels/reference/masked_contrast.h"

#include <ATen/ATen.h>

namespace cmc::kernels {

at::Tensor only_negatives(const at::Tensor& scores, const at::Tensor& mask) {
  // A large finite number, not −∞, keeps the gradient of an anchor without negatives at zero.
  return scores.masked_fill(mask, -1e30);
}

}  // namespace cmc::kernels
