#include "cmc/training/sgd.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/optim/sgd.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/libtorch.h"

namespace cmc::training {
namespace {

/// Three pieces of float32 take 384 KiB: they stay in the second-level cache from the first
/// operator to the last.
constexpr std::int64_t piece = 32768;

void move(const at::Tensor& weight, const at::Tensor& gradient, const at::Tensor& buffer,
          const torch::optim::SGDOptions& options) {
  buffer.mul_(options.momentum()).add_(gradient);
  if (options.weight_decay() != 0) buffer.add_(weight, options.weight_decay());
  weight.sub_(buffer, options.lr());
}

void move_in_pieces(const at::Tensor& weight, const at::Tensor& gradient, const at::Tensor& buffer,
                    const torch::optim::SGDOptions& options) {
  const bool alike = weight.strides() == gradient.strides() &&
                     weight.strides() == buffer.strides() && weight.is_non_overlapping_and_dense();
  if (!alike || !weight.is_cpu()) return move(weight, gradient, buffer, options);
  const auto in_memory_order = [](const at::Tensor& x) { return x.as_strided({x.numel()}, {1}); };
  const at::Tensor w = in_memory_order(weight), g = in_memory_order(gradient),
                   b = in_memory_order(buffer);
  const std::int64_t pieces = (w.numel() + piece - 1) / piece;
  at::parallel_for(0, pieces, 1, [&](std::int64_t first, std::int64_t last) {
    const at::NoGradGuard no_grad;  // of this thread
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t begin = i * piece, end = std::min(begin + piece, w.numel());
      move(w.slice(0, begin, end), g.slice(0, begin, end), b.slice(0, begin, end), options);
    }
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
      const at::Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      auto slots = optimizer_slots(*this, parameter);
      if (slots.empty()) {
        set_optimizer_slots(*this, parameter, {{"momentum_buffer", at::zeros_like(parameter)}});
        slots = optimizer_slots(*this, parameter);
      }
      move_in_pieces(parameter.detach(), gradient, slots.at("momentum_buffer"), options);
    }
  }
  return loss;
}

}  // namespace cmc::training
