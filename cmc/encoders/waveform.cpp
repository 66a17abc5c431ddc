#include "cmc/encoders/waveform.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "cmc/encoders/batch_norm.h"
#include "cmc/encoders/convolution.h"
#include "cmc/encoders/max_pool.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace nn = torch::nn;

Backbone waveform(const EncoderOptions& options, const data::ViewShape& shape) {
  constexpr std::int64_t stem = 80, shrinks = 4;
  check(shape.height == 1,
        "encoder.name = \"waveform\": view '{}' of {} × {} × {} has several rows; it takes sounds "
        "and arrays of one",
        shape.name, shape.channels, shape.height, shape.width);
  check_stages(options);
  std::int64_t least = 1;
  for (std::size_t i = 0; i < options.channels.size(); ++i) least *= shrinks;
  check(shape.width >= least,
        "encoder.channels has {} stages: too many for view '{}' of {} values; each shrinks {}-fold",
        options.channels.size(), shape.name, shape.width, shrinks);
  Backbone backbone;
  std::int64_t channels = shape.channels;
  for (std::size_t i = 0; i < options.channels.size(); ++i) {
    nn::Sequential stage;
    if (i > 0) stage->push_back(MaxPool(nn::MaxPool2dOptions({1, shrinks})));
    for (std::int64_t j = 0; j < options.convolutions; ++j) {
      const bool first = i == 0 && j == 0;
      const std::int64_t width = first ? stem : 3;
      stage->push_back(Convolution(nn::Conv2dOptions(channels, options.channels[i], {1, width})
                                       .stride({1, first ? shrinks : 1})
                                       .padding({0, width / 2})));
      channels = options.channels[i];
      stage->push_back(BatchNorm(BatchNormOptions{.channels = channels}));
      stage->push_back(nn::Identity());  // ReLU's number, by which files name what follows
    }
    const std::string name = fmt::format("stage{}", i + 1);
    backbone.modules.emplace_back(name, stage.ptr());
    backbone.layers.push_back(
        {name, [stage](const at::Tensor& x) mutable { return stage->forward(x); }});
  }
  backbone.layers.push_back({"pool", [](const at::Tensor& x) { return x.mean({2, 3}); }});
  backbone.representation_dim = channels;
  return backbone;
}

}  // namespace cmc::encoders
