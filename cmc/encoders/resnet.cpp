#include "cmc/encoders/resnet.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>

#include <array>

#include "cmc/encoders/batch_norm.h"
#include "cmc/encoders/convolution.h"
#include "cmc/encoders/max_pool.h"

namespace cmc::encoders {
namespace nn = torch::nn;
namespace {

Convolution convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                        std::int64_t stride) {
  return Convolution(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2));
}

/// x ↦ ReLU(F(x) + S(x)), where F is two 3×3 convolutions, or 1×1, 3×3, 1×1 in a bottleneck, and S
/// the identity or, where the shape changes, a 1×1 convolution.
class BlockImpl : public nn::Module {
 public:
  BlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride, bool bottleneck) {
    const std::int64_t out = bottleneck ? 4 * width : width;
    if (bottleneck) {
      add(in, width, 1, 1);
      add(width, width, 3, stride);
      add(width, out, 1, 1, false);
    } else {
      add(in, width, 3, stride);
      add(width, out, 3, 1, false);
    }
    if (stride != 1 || in != out) {
      downsample_ = register_module(
          "downsample",
          nn::Sequential(convolution(in, out, 1, stride),
                         BatchNorm(BatchNormOptions{.channels = out, .relu = false})));
    }
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = x;
    for (std::size_t i = 0; i < convolutions_.size(); ++i)
      y = norms_[i]->forward(convolutions_[i]->forward(y));
    return (y + (downsample_ ? downsample_->forward(x) : x)).relu_();
  }

 private:
  void add(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
           bool relu = true) {
    const std::string number = std::to_string(convolutions_.size() + 1);
    convolutions_.push_back(register_module("conv" + number, convolution(in, out, kernel, stride)));
    norms_.push_back(
        register_module("bn" + number, BatchNorm(BatchNormOptions{.channels = out, .relu = relu})));
  }

  std::vector<Convolution> convolutions_;
  std::vector<BatchNorm> norms_;
  nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Block);

Backbone resnet(const EncoderOptions& options, const data::ViewShape& shape,
                const std::array<int, 4>& blocks, bool bottleneck) {
  Backbone backbone;
  const bool small = options.small_stem;
  Convolution conv1 =
      small ? convolution(shape.channels, 64, 3, 1) : convolution(shape.channels, 64, 7, 2);
  BatchNorm bn1(BatchNormOptions{.channels = 64});
  backbone.modules = {{"conv1", conv1.ptr()}, {"bn1", bn1.ptr()}};
  MaxPool pool(nn::MaxPool2dOptions(3).stride(2).padding(1));
  backbone.layers.push_back({"stem", [conv1, bn1, pool, small](const at::Tensor& x) mutable {
                               const at::Tensor y = bn1->forward(conv1->forward(x));
                               return small ? y : pool->forward(y);
                             }});
  std::int64_t channels = 64;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::int64_t width = std::int64_t{64} << i;
    nn::Sequential layer;
    for (int j = 0; j < blocks[i]; ++j) {
      layer->push_back(Block(channels, width, i > 0 && j == 0 ? 2 : 1, bottleneck));
      channels = bottleneck ? 4 * width : width;
    }
    const std::string name = "layer" + std::to_string(i + 1);
    backbone.modules.emplace_back(name, layer.ptr());
    backbone.layers.push_back(
        {name, [layer](const at::Tensor& x) mutable { return layer->forward(x); }});
  }
  backbone.layers.push_back({"avgpool", [](const at::Tensor& x) {
                               return at::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
                             }});
  backbone.representation_dim = channels;
  backbone.larger_views = true;
  return backbone;
}

}  // namespace

Backbone resnet18(const EncoderOptions& options, const data::ViewShape& shape) {
  return resnet(options, shape, {2, 2, 2, 2}, false);
}

Backbone resnet50(const EncoderOptions& options, const data::ViewShape& shape) {
  return resnet(options, shape, {3, 4, 6, 3}, true);
}

}  // namespace cmc::encoders
