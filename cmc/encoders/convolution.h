#pragma once

#include <torch/nn/modules/conv.h>

namespace cmc::encoders {

/// torch::nn::Conv2d of pictures without a bias, with its parameter and its draws. Under bfloat16
/// autocast on a processor with AMX it is kernels::convolution; elsewhere libtorch's.
class ConvolutionImpl : public torch::nn::ConvNdImpl<2, ConvolutionImpl> {
 public:
  /// in_channels, out_channels, kernel_size, stride and padding count; there is one group, and the
  /// kernel isn't dilated.
  explicit ConvolutionImpl(const torch::nn::Conv2dOptions& options);

  at::Tensor forward(const at::Tensor& x);
};

TORCH_MODULE(Convolution);

}  // namespace cmc::encoders
