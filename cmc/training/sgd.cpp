#include "cmc/training/sgd.h"

#include <ATen/ATen.h>
#include <torch/optim/sgd.h>

#include "cmc/error.h"
#include "cmc/libtorch.h"
#include "cmc/training/pieces.h"

namespace cmc::training {
namespace {

void move(const at::Tensor& parameter, const at::Tensor& momentum,
          const torch::optim::SGDOptions& options) {
  in_pieces({parameter.detach(), parameter.grad(), momentum},
            [&](const std::vector<at::Tensor>& piece) {
              const at::Tensor &weight = piece[0], &gradient = piece[1], &buffer = piece[2];
              buffer.mul_(options.momentum()).add_(gradient);
              if (options.weight_decay() != 0) buffer.add_(weight, options.weight_decay());
              weight.sub_(buffer, options.lr());
            });
}

}  // namespace

at::Tensor PiecewiseSgd::step(LossClosure closure) {
  at::Tensor loss;
  if (closure) {
    const at::AutoGradMode grad(true);
    loss = closure();
  }
  const at::NoGradGuard no_grad;
  for (auto& group : param_groups()) {
    const auto& options = static_cast<const torch::optim::SGDOptions&>(group.options());
    check(options.dampening() == 0 && !options.nesterov(),
          "SGD in one pass has neither dampening nor Nesterov's momentum");
    for (const at::Tensor& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      auto slots = optimizer_slots(*this, parameter);
      if (slots.empty()) {
        set_optimizer_slots(*this, parameter, {{"momentum_buffer", at::zeros_like(parameter)}});
        slots = optimizer_slots(*this, parameter);
      }
      move(parameter, slots.at("momentum_buffer"), options);
    }
  }
  return loss;
}

}  // namespace cmc::training
