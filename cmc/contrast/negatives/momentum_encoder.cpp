#include "cmc/contrast/negatives/momentum_encoder.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "cmc/error.h"

namespace cmc::contrast {

void momentum_update(torch::nn::Module& target, const torch::nn::Module& source, double momentum) {
  check(momentum >= 0 && momentum <= 1, "the encoder's momentum is {}; it lies in [0, 1]",
        momentum);
  at::NoGradGuard no_grad;
  const auto own = target.named_parameters(), other = source.named_parameters();
  check(own.size() == other.size(), "the momentum encoder has {} parameters and its source {}",
        own.size(), other.size());
  for (const auto& item : own) {
    const at::Tensor* from = other.find(item.key());
    check(from != nullptr && from->sizes() == item.value().sizes(),
          "the momentum encoder's parameter {} has no counterpart of its shape in the source",
          item.key());
    item.value().mul_(momentum).add_(from->detach(), 1 - momentum);
  }
}

double momentum_at(double momentum, std::int64_t step) {
  const auto t = static_cast<double>(step);
  return std::min(momentum, (1 + t) / (10 + t));
}

}  // namespace cmc::contrast
