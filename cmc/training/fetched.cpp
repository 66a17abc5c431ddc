#include "cmc/training/fetched.h"

#include <ATen/ATen.h>

#include "cmc/device.h"

namespace cmc::training {

std::vector<double> fetched(const std::vector<at::Tensor>& tensors) {
  const at::NoGradGuard no_grad;
  const at::Device device = tensors.front().device();
  std::vector<at::Tensor> parts;
  for (const at::Tensor& tensor : tensors)
    parts.push_back(sent_to(tensor.detach().to(at::kDouble).reshape(-1), device));
  const at::Tensor all = at::cat(parts).cpu();
  return {all.data_ptr<double>(), all.data_ptr<double>() + all.numel()};
}

}  // namespace cmc::training
