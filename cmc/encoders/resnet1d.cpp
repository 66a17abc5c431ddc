#include "cmc/encoders/resnet1d.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "cmc/encoders/batch_norm.h"
#include "cmc/encoders/convolution.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace nn = torch::nn;
namespace {

// A layer hands its successor [N, C + 1, 1, T]: the values, 0 in the padding, and the mask.

at::Tensor values_of(const at::Tensor& x) {
  return x.narrow(1, 0, x.size(1) - 1);
}

at::Tensor mask_of(const at::Tensor& x) {
  return x.narrow(1, x.size(1) - 1, 1);
}

/// A view's rows as the first layer takes them; all steps of one without a mask are there.
at::Tensor with_mask(const at::Tensor& x, bool masked) {
  if (!masked) return at::cat({x, x.narrow(1, 0, 1).mul(0.0).add(1.0)}, 1);
  return at::cat({values_of(x).mul(mask_of(x)), mask_of(x)}, 1);
}

/// The norm of the steps that are there, 0 elsewhere. `places`: theirs among N · T; undefined: all,
/// or in evaluation, where a norm treats each step alone.
at::Tensor normalise(BatchNorm& norm, const at::Tensor& x, const at::Tensor& mask,
                     const at::Tensor& places) {
  if (!places.defined()) return norm->forward(x).mul(mask.to(x.scalar_type()));
  const std::int64_t n = x.size(0), channels = x.size(1), steps = x.size(3);
  const at::Tensor rows = x.permute({0, 2, 3, 1}).reshape({n * steps, channels});
  const at::Tensor normal = norm->forward(rows.index_select(0, places));
  const at::Tensor all =
      at::zeros({n * steps, channels}, normal.options()).index_copy(0, places, normal);
  return all.reshape({n, 1, steps, channels}).permute({0, 3, 1, 2});
}

class ResidualBlockImpl : public nn::Module {
 public:
  ResidualBlockImpl(std::int64_t from, std::int64_t to, std::int64_t convolutions,
                    std::int64_t stride)
      : stride_(stride) {
    std::int64_t channels = from;
    for (std::int64_t i = 0; i < convolutions; ++i) {
      const std::int64_t width = i == 0 ? 7 : 5;
      const bool last = i + 1 == convolutions;
      convolutions_.push_back(register_module(
          fmt::format("conv{}", i + 1), convolution(channels, to, width, i == 0 ? stride : 1)));
      norms_.push_back(register_module(fmt::format("norm{}", i + 1),
                                       BatchNorm(BatchNormOptions{.channels = to, .relu = !last})));
      channels = to;
    }
    if (from == to && stride == 1) return;
    shortcut_ = register_module("shortcut", convolution(from, to, 1, stride));
    shortcut_norm_ = register_module("shortcut_norm",
                                     BatchNorm(BatchNormOptions{.channels = to, .relu = false}));
  }

  at::Tensor forward(const at::Tensor& input) {
    const at::Tensor x = values_of(input);
    const at::Tensor mask =
        stride_ == 1 ? mask_of(input) : mask_of(input).slice(3, 0, input.size(3), stride_);
    const at::Tensor places = is_training() ? present(mask) : at::Tensor();
    at::Tensor y = x;
    for (std::size_t i = 0; i < convolutions_.size(); ++i)
      y = normalise(norms_[i], convolutions_[i]->forward(y), mask, places);
    const at::Tensor kept =
        shortcut_.is_empty() ? x : normalise(shortcut_norm_, shortcut_->forward(x), mask, places);
    y = (y + kept).relu();
    return at::cat({y, mask.to(y.scalar_type())}, 1);
  }

 private:
  static Convolution convolution(std::int64_t from, std::int64_t to, std::int64_t width,
                                 std::int64_t stride) {
    return Convolution(
        nn::Conv2dOptions(from, to, {1, width}).stride({1, stride}).padding({0, width / 2}));
  }

  /// Places of the steps that are there; undefined where all are. One at least: a process without
  /// samples takes part in a batch norm by a row that counts for nothing.
  static at::Tensor present(const at::Tensor& mask) {
    const at::Tensor places = mask.flatten().gt(0).nonzero().squeeze(1);
    if (places.size(0) == mask.numel()) return {};
    return places.size(0) > 0 ? places : at::zeros({1}, places.options());
  }

  std::int64_t stride_;
  std::vector<Convolution> convolutions_;
  std::vector<BatchNorm> norms_;
  Convolution shortcut_ = nullptr;
  BatchNorm shortcut_norm_ = nullptr;
};
TORCH_MODULE(ResidualBlock);

}  // namespace

Backbone resnet1d(const EncoderOptions& options, const data::ViewShape& shape) {
  check(shape.height == 1,
        "encoder.name = \"resnet1d\": view '{}' of {} × {} × {} has several rows; it takes series, "
        "sounds and arrays of one",
        shape.name, shape.channels, shape.height, shape.width);
  check_stages(options);
  Backbone backbone;
  std::int64_t channels = shape.masked ? shape.channels - 1 : shape.channels;
  for (std::size_t i = 0; i < options.channels.size(); ++i) {
    ResidualBlock block(channels, options.channels[i], options.convolutions, i == 0 ? 1 : 2);
    channels = options.channels[i];
    const std::string name = fmt::format("stage{}", i + 1);
    backbone.modules.emplace_back(name, block.ptr());
    const bool first = i == 0, masked = shape.masked;
    backbone.layers.push_back({name, [block, first, masked](const at::Tensor& x) mutable {
                                 return block->forward(first ? with_mask(x, masked) : x);
                               }});
  }
  backbone.layers.push_back({"mean", [](const at::Tensor& x) {
                               const at::Tensor sum = values_of(x).to(at::kFloat).sum({2, 3});
                               const at::Tensor count = mask_of(x).to(at::kFloat).sum({2, 3});
                               return sum.div(count.clamp_min(1.0));
                             }});
  backbone.representation_dim = channels;
  return backbone;
}

}  // namespace cmc::encoders
