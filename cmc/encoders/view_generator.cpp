#include "cmc/encoders/view_generator.h"

#include <ATen/ATen.h>
#include <torch/types.h>

#include <ranges>

#include "cmc/error.h"
#include "cmc/libtorch.h"

namespace cmc::encoders {
namespace {

/// I − 2uuᵀ / uᵀu, [3, 3].
at::Tensor reflection(const at::Tensor& identity, const at::Tensor& u) {
  return identity - u.unsqueeze(1) * u.unsqueeze(0) * 2 / (u * u).sum({0}, true);
}

/// The channels of x [N, 3, H, W] by a matrix [3, 3].
at::Tensor mixed(const at::Tensor& x, const at::Tensor& matrix) {
  return at::conv2d(x, matrix.unsqueeze(2).unsqueeze(3));
}

}  // namespace

ViewGeneratorImpl::ViewGeneratorImpl(const ViewGeneratorOptions& options)
    : torch::nn::Module("ViewGenerator"), identity_(at::eye(channels)) {
  check(options.couplings >= 1, "a view generator of {} couplings: it must be 1 or more",
        options.couplings);
  check(options.width >= 1, "a view generator of width {}: it must be 1 or more", options.width);
  for (std::int64_t i = 0; i < options.couplings; ++i) {
    Coupling& own = couplings_.emplace_back();
    own.moves_alone = i % 2 == 1;
    const std::int64_t read = own.moves_alone ? channels - alone : alone;
    own.first = register_parameter(fmt::format("first{}", i), at::ones({channels}));
    own.second = register_parameter(fmt::format("second{}", i), at::ones({channels}));
    own.hidden =
        register_module(fmt::format("hidden{}", i), torch::nn::Conv2d(read, options.width, 1));
    own.shift = register_module(fmt::format("shift{}", i),
                                torch::nn::Conv2d(options.width, channels - read, 1));
    const at::NoGradGuard no_grad;
    own.shift->weight.zero_();
    own.shift->bias.zero_();
  }
}

at::Tensor ViewGeneratorImpl::rotation(const Coupling& coupling) const {
  const at::Device device = coupling.first.device();
  const at::Tensor identity = device.is_cpu() ? identity_ : identity_.to(device);
  return at::matmul(reflection(identity, coupling.first), reflection(identity, coupling.second));
}

at::Tensor ViewGeneratorImpl::moved(Coupling& coupling, const at::Tensor& x, bool back) {
  const at::Tensor one = x.narrow(1, 0, alone), others = x.narrow(1, alone, channels - alone);
  const at::Tensor& read = coupling.moves_alone ? others : one;
  const at::Tensor shift = coupling.shift->forward(coupling.hidden->forward(read).relu());
  const auto move = [&](const at::Tensor& x) { return back ? x - shift : x + shift; };
  return coupling.moves_alone ? at::cat({move(one), others}, 1) : at::cat({one, move(others)}, 1);
}

at::Tensor ViewGeneratorImpl::forward(const at::Tensor& x) {
  const Autocast in_float32(x.device().type(), false);
  at::Tensor y = x;
  for (Coupling& coupling : couplings_) y = moved(coupling, mixed(y, rotation(coupling)), false);
  return y;
}

at::Tensor ViewGeneratorImpl::inverse(const at::Tensor& y) {
  const Autocast in_float32(y.device().type(), false);
  at::Tensor x = y;
  for (Coupling& coupling : std::views::reverse(couplings_))
    x = mixed(moved(coupling, x, true), rotation(coupling).t());
  return x;
}

}  // namespace cmc::encoders
