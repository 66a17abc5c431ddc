#include "cmc/encoders/convolution.h"

#include <ATen/ATen.h>

#include "cmc/kernels/convolution.h"
#include "cmc/libtorch.h"

namespace cmc::encoders {
namespace {

using Lengths = torch::ExpandingArray<2>;

torch::nn::detail::ConvNdOptions<2> without_bias(const torch::nn::Conv2dOptions& options) {
  torch::nn::detail::ConvNdOptions<2> own(options.in_channels(), options.out_channels(),
                                          options.kernel_size());
  return own.stride(options.stride()).padding(options.padding()).bias(false);
}

}  // namespace

ConvolutionImpl::ConvolutionImpl(const torch::nn::Conv2dOptions& options)
    : ConvNdImpl(without_bias(options)) {}

at::Tensor ConvolutionImpl::forward(const at::Tensor& x) {
  const Lengths stride = options.stride(), padding = c10::get<Lengths>(options.padding());
  if (Autocast::is_on(at::kCPU) && kernels::has_convolution(x, weight))
    return kernels::convolution(
        x, weight,
        {.stride = {stride->at(0), stride->at(1)}, .padding = {padding->at(0), padding->at(1)}});
  return at::conv2d(x, weight, {}, *stride, *padding);
}

}  // namespace cmc::encoders
