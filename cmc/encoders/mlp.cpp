#include "cmc/encoders/mlp.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "cmc/encoders/batch_norm.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace nn = torch::nn;

Backbone mlp(const EncoderOptions& options, const data::ViewShape& shape) {
  check(std::ranges::all_of(options.widths, [](auto width) { return width > 0; }) &&
            (options.skip || !options.widths.empty()),
        "encoder.widths = {}: the widths of the hidden layers, each positive, were expected",
        options.widths);
  const std::int64_t values = shape.numel(), beside = options.skip ? values : 0;
  Backbone backbone;
  backbone.layers.push_back({"values", [](const at::Tensor& x) { return x.flatten(1); }});
  std::int64_t width = values;
  for (std::size_t i = 0; i < options.widths.size(); ++i) {
    const std::string name = fmt::format("fc{}", i + 1);
    nn::Sequential layer(nn::Linear(nn::LinearOptions(width, options.widths[i]).bias(false)),
                         BatchNorm(BatchNormOptions{.channels = options.widths[i]}));
    backbone.modules.emplace_back(name, layer.ptr());
    const std::int64_t taken = width;
    const bool first = i == 0;
    backbone.layers.push_back({name, [layer, taken, beside, first](const at::Tensor& x) mutable {
                                 at::Tensor y = layer->forward(x.narrow(1, 0, taken));
                                 if (beside == 0) return y;
                                 const at::Tensor kept = first ? x : x.narrow(1, taken, beside);
                                 return at::cat({y, kept.to(y.scalar_type())}, 1);
                               }});
    width = options.widths[i];
  }
  backbone.representation_dim = options.widths.empty() ? values : width + beside;
  return backbone;
}

}  // namespace cmc::encoders
