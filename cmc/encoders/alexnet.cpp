#include "cmc/encoders/alexnet.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "cmc/encoders/batch_norm.h"
#include "cmc/encoders/convolution.h"
#include "cmc/encoders/max_pool.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace nn = torch::nn;
namespace {

struct Block {
  std::int64_t channels, kernel, stride, padding;
  bool pooled;
};

constexpr Block blocks[] = {
    {48, 11, 4, 2, true},  {128, 5, 1, 2, true}, {192, 3, 1, 1, false},
    {192, 3, 1, 1, false}, {128, 3, 1, 1, true},
};
constexpr std::int64_t linear_width = 2048;

std::int64_t shrunk(std::int64_t size, const Block& block) {
  size = (size + 2 * block.padding - block.kernel) / block.stride + 1;
  return block.pooled ? (size - 3) / 2 + 1 : size;
}

}  // namespace

Backbone alexnet(const EncoderOptions&, const data::ViewShape& shape) {
  check(std::min(shape.height, shape.width) >= 63,
        "encoder.name = \"alexnet\" for view '{}' of {} × {} pixels: it needs at least 63 × 63",
        shape.name, shape.height, shape.width);
  Backbone backbone;
  const auto add = [&](const std::string& name, nn::Sequential module) {
    backbone.modules.emplace_back(name, module.ptr());
    backbone.layers.push_back(
        {name, [module](const at::Tensor& x) mutable { return module->forward(x); }});
  };
  std::int64_t channels = shape.channels, height = shape.height, width = shape.width;
  for (std::size_t i = 0; i < std::size(blocks); ++i) {
    const Block& block = blocks[i];
    nn::Sequential module(Convolution(nn::Conv2dOptions(channels, block.channels, block.kernel)
                                          .stride(block.stride)
                                          .padding(block.padding)),
                          BatchNorm(BatchNormOptions{.channels = block.channels}));
    if (block.pooled) module->push_back(MaxPool(nn::MaxPool2dOptions(3).stride(2)));
    add(fmt::format("conv_block_{}", i + 1), module);
    channels = block.channels;
    height = shrunk(height, block);
    width = shrunk(width, block);
  }
  std::int64_t features = channels * height * width;
  for (const char* const name : {"fc6", "fc7"}) {
    nn::Sequential module(nn::Linear(features, linear_width),
                          BatchNorm(BatchNormOptions{.channels = linear_width}));
    add(name, module);
    features = linear_width;
  }
  // The picture is flattened in front of fc6, channel by channel.
  Layer& fc6 = backbone.layers[std::size(blocks)];
  fc6.apply = [apply = fc6.apply](const at::Tensor& x) { return apply(x.flatten(1)); };
  backbone.representation_dim = features;
  return backbone;
}

}  // namespace cmc::encoders
