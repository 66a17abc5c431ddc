#include "cmc/encoders/convnet.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>
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

void check_options(const EncoderOptions& options) {
  check(!options.channels.empty(),
        "encoder.channels is empty: it must list the channels of each stage");
  check(std::ranges::all_of(options.channels, [](auto c) { return c > 0; }),
        "encoder.channels = {}: each must be positive", options.channels);
  check(options.convolutions > 0, "encoder.convolutions = {}: it must be at least 1",
        options.convolutions);
  check(
      options.strides.empty() || options.strides.size() == options.channels.size(),
      "encoder.strides = {}: it must have one entry for each of the {} stages of encoder.channels",
      options.strides, options.channels.size());
  check(std::ranges::all_of(options.strides, [](auto s) { return s == 1 || s == 2; }),
        "encoder.strides = {}: each must be 1 or 2", options.strides);
  check(options.pooled_grid > 0, "encoder.pooled_grid = {}: it must be at least 1",
        options.pooled_grid);
  check(options.representation_dim >= 0,
        "encoder.representation_dim = {}: it must be positive, or 0 for the pooled grid itself",
        options.representation_dim);
}

at::Tensor pooled(const at::Tensor& x, std::int64_t rows, std::int64_t columns) {
  const at::Tensor y = at::adaptive_avg_pool2d(x, {rows, columns});
  // Flattening hands back a gradient channel by channel, for which libtorch takes 8 times as long.
  if (y.requires_grad())
    y.register_hook([](const at::Tensor& gradient) {
      return gradient.contiguous(at::MemoryFormat::ChannelsLast);
    });
  return y;
}

}  // namespace

Backbone convnet(const EncoderOptions& options, const data::ViewShape& shape) {
  check_options(options);
  const bool by_pooling = options.downsample == Downsampling::max_pool;
  Backbone backbone;
  std::int64_t channels = shape.channels, height = shape.height, width = shape.width;
  for (std::size_t i = 0; i < options.channels.size(); ++i) {
    const std::string name = fmt::format("stage{}", i + 1);
    const std::int64_t stride = options.strides.empty() ? (i == 0 ? 1 : 2) : options.strides[i];
    nn::Sequential stage;
    if (stride == 2) {
      check(!by_pooling || std::min(height, width) >= 2,
            "encoder.channels has {} stages: too many for view '{}' of {} × {} pixels, which is "
            "down to "
            "{} × {} before stage {}",
            options.channels.size(), shape.name, shape.height, shape.width, height, width, i + 1);
      if (by_pooling) stage->push_back(MaxPool(nn::MaxPool2dOptions(2)));
      height = by_pooling ? height / 2 : (height + 1) / 2;
      width = by_pooling ? width / 2 : (width + 1) / 2;
    }
    for (std::int64_t j = 0; j < options.convolutions; ++j) {
      stage->push_back(Convolution(nn::Conv2dOptions(channels, options.channels[i], 3)
                                       .padding(1)
                                       .stride(j == 0 && !by_pooling ? stride : 1)));
      channels = options.channels[i];
      stage->push_back(BatchNorm(BatchNormOptions{.channels = channels}));
      stage->push_back(nn::Identity());  // ReLU's number, by which files name what follows
    }
    backbone.modules.emplace_back(name, stage.ptr());
    backbone.layers.push_back(
        {name, [stage](const at::Tensor& x) mutable { return stage->forward(x); }});
  }
  const std::int64_t rows = std::min(options.pooled_grid, height);
  const std::int64_t columns = std::min(options.pooled_grid, width);
  backbone.layers.push_back({"pool", [rows, columns](const at::Tensor& x) {
                               return pooled(x, rows, columns).flatten(1);
                             }});
  backbone.representation_dim = channels * rows * columns;
  backbone.larger_views = true;
  if (options.representation_dim > 0) {
    nn::Sequential fc(
        nn::Linear(
            nn::LinearOptions(backbone.representation_dim, options.representation_dim).bias(false)),
        BatchNorm(BatchNormOptions{.channels = options.representation_dim}));
    backbone.modules.emplace_back("fc", fc.ptr());
    backbone.layers.push_back({"fc", [fc](const at::Tensor& x) mutable { return fc->forward(x); }});
    backbone.representation_dim = options.representation_dim;
  }
  return backbone;
}

}  // namespace cmc::encoders
