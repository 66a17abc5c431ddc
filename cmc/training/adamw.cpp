#include "cmc/training/adamw.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/error.h"
#include "cmc/libtorch.h"
#include "cmc/training/pieces.h"

namespace cmc::training {
namespace {

void move(const at::Tensor& parameter, torch::optim::AdamWParamState& state,
          const torch::optim::AdamWOptions& options) {
  state.step(state.step() + 1);
  const auto [beta1, beta2] = options.betas();
  const auto step = static_cast<double>(state.step());
  const double size = options.lr() / (1 - std::pow(beta1, step)),
               deviation = std::sqrt(1 - std::pow(beta2, step));
  in_pieces({parameter.detach(), parameter.grad(), state.exp_avg(), state.exp_avg_sq()},
            [&](const std::vector<at::Tensor>& piece) {
              const at::Tensor &w = piece[0], &g = piece[1], &m = piece[2], &v = piece[3];
              if (options.weight_decay() != 0) w.mul_(1 - options.lr() * options.weight_decay());
              m.mul_(beta1).add_(g, 1 - beta1);
              v.mul_(beta2).addcmul_(g, g, 1 - beta2);
              w.addcdiv_(m, v.sqrt().div_(deviation).add_(options.eps()), -size);
            });
}

}  // namespace

at::Tensor PiecewiseAdamW::step(LossClosure closure) {
  at::Tensor loss;
  if (closure) {
    const at::AutoGradMode grad(true);
    loss = closure();
  }
  for (auto& group : param_groups()) {
    const auto& options = static_cast<const torch::optim::AdamWOptions&>(group.options());
    check(!options.amsgrad(), "AdamW in one pass has no AMSGrad");
    for (const at::Tensor& parameter : group.params())
      if (parameter.grad().defined()) move(parameter, adamw_state(*this, parameter), options);
  }
  return loss;
}

}  // namespace cmc::training
