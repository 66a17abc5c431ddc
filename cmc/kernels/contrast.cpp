#include "cmc/kernels/contrast.h"

#include <torch/torch.h>

namespace cmc::kernels {

SymmetricContrast contrast(const at::Tensor& a, const at::Tensor& b, const at::Tensor& temperature,
                           const at::Tensor& excluded) {
  return contrast_reference(a, b, temperature, excluded);
}

}  // namespace cmc::kernels
