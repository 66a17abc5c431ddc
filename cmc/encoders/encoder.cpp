#include "cmc/encoders/encoder.h"

#include <fmt/ranges.h>
#include <torch/nn.h>

#include <algorithm>

#include "cmc/encoders/head.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace {

/// He et al.'s initialisation for rectified networks (1502.01852), by the fan out as torchvision
/// has it. Batch norms start at 1 and 0 and linear layers as libtorch makes them.
void initialise(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  module.apply([](torch::nn::Module& part) {
    if (auto* convolution = part.as<torch::nn::Conv2d>()) {
      torch::nn::init::kaiming_normal_(convolution->weight, 0, torch::kFanOut, torch::kReLU);
    }
  });
  for (at::Tensor& parameter : module.parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

}  // namespace

EncoderImpl::EncoderImpl(const EncoderOptions& options, const data::ViewShape& shape)
    : torch::nn::Module("Encoder"),
      shape_(shape),
      backbone_(make_backbone(options, shape)),
      head_(make_head(options, backbone_.representation_dim)),
      embedding_dim_(options.embedding_dim) {
  for (const auto& [name, module] : backbone_.modules) register_module(name, module);
  register_module("head", head_);
  initialise(*this);
}

at::Tensor EncoderImpl::run(const at::Tensor& x, std::size_t layers) {
  check(x.dim() == 4 && x.size(1) == shape_.channels && x.size(2) == shape_.height &&
            x.size(3) == shape_.width,
        "the encoder of view '{}' was given [{}]: it takes [N, {}, {}, {}]", shape_.name,
        fmt::join(x.sizes(), ", "), shape_.channels, shape_.height, shape_.width);
  at::Tensor y = x.contiguous(at::MemoryFormat::ChannelsLast);
  for (std::size_t i = 0; i < layers; ++i) y = backbone_.layers[i].apply(y);
  return y;
}

Encoding EncoderImpl::forward(const at::Tensor& x) {
  const at::Tensor representation = run(x, backbone_.layers.size());
  const at::Tensor embedding = head_->forward(representation);
  return {representation.to(at::kFloat), embedding.to(at::kFloat)};
}

at::Tensor EncoderImpl::represent(const at::Tensor& x) {
  return run(x, backbone_.layers.size()).to(at::kFloat);
}

std::vector<std::string> EncoderImpl::layers() const {
  std::vector<std::string> names;
  for (const Layer& layer : backbone_.layers) names.push_back(layer.name);
  return names;
}

at::Tensor EncoderImpl::layer(const at::Tensor& x, const std::string& name) {
  const auto found = std::ranges::find(backbone_.layers, name, &Layer::name);
  check(found != backbone_.layers.end(), "there is no layer \"{}\" in this encoder: it has {}",
        name, fmt::join(layers(), ", "));
  return run(x, static_cast<std::size_t>(found - backbone_.layers.begin()) + 1);
}

Encoder make_encoder(const EncoderOptions& options, const data::ViewShape& shape) {
  return Encoder(options, shape);
}

std::vector<Encoder> make_encoders(const EncoderOptions& options,
                                   std::span<const data::ViewShape> views) {
  std::vector<Encoder> encoders;
  for (const data::ViewShape& view : views) {
    if (!options.shared || encoders.empty()) {
      encoders.push_back(make_encoder(options, view));
      continue;
    }
    const data::ViewShape& first = views.front();
    check(
        view.channels == first.channels && view.height == first.height && view.width == first.width,
        "encoder.shared = true: view '{}' of {} × {} × {} differs from view '{}' of {} × {} × {}; "
        "views "
        "of different shapes need an encoder each",
        view.name, view.channels, view.height, view.width, first.name, first.channels, first.height,
        first.width);
    encoders.push_back(encoders.front());
  }
  return encoders;
}

}  // namespace cmc::encoders
