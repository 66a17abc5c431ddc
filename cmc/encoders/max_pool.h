#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/options/pooling.h>

#include <iosfwd>

namespace cmc::encoders {

/// torch::nn::MaxPool2d of pictures. With a gradient on the CPU it is kernels::max_pool; elsewhere
/// libtorch's.
class MaxPoolImpl : public torch::nn::Cloneable<MaxPoolImpl> {
 public:
  /// kernel_size, stride and padding count; windows aren't dilated, and sizes are rounded down.
  explicit MaxPoolImpl(const torch::nn::MaxPool2dOptions& options) : options_(options) {}

  at::Tensor forward(const at::Tensor& x);

  void reset() override {}
  void pretty_print(std::ostream& stream) const override;

 private:
  torch::nn::MaxPool2dOptions options_;
};

TORCH_MODULE(MaxPool);

}  // namespace cmc::encoders
