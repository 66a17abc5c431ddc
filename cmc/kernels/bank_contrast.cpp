#include "cmc/kernels/bank_contrast.h"

#include <torch/torch.h>

namespace cmc::kernels {

BankContrast bank_contrast(const at::Tensor& anchors, const at::Tensor& positives,
                           const at::Tensor& bank, const at::Tensor& temperature,
                           const at::Tensor& picks, const at::Tensor& excluded) {
  return bank_contrast_reference(anchors, positives, bank, temperature, picks, excluded);
}

}  // namespace cmc::kernels
