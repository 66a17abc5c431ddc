#include "cmc/encoders/encoder.h"

#include "cmc/encoders/batch_norm.h"
#include "cmc/encoders/convolution.h"

#include <fmt/ranges.h>
#include <torch/nn/init.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include <algorithm>

#include "cmc/device.h"
#include "cmc/encoders/head.h"
#include "cmc/encoders/view_generator.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace {

/// He et al.'s initialisation for rectified networks (1502.01852), by the fan out as torchvision
/// has it. Batch norms start at 1 and 0 and linear layers as libtorch makes them.
void initialise(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  module.apply([](torch::nn::Module& part) {
    if (auto* convolution = part.as<Convolution>()) {
      torch::nn::init::kaiming_normal_(convolution->weight, 0, torch::kFanOut, torch::kReLU);
    }
  });
  for (at::Tensor& parameter : module.parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

/// The place of the view whose encoder view `own` has: its own, or that of same_as.
std::size_t place_of_encoder(const EncoderOptions& options, std::span<const data::ViewShape> views,
                             std::size_t own) {
  if (options.same_as.empty()) return own;
  const auto before = views.first(own);
  const auto found = std::ranges::find(before, options.same_as, &data::ViewShape::name);
  check(found != before.end(),
        "encoder.same_as = \"{}\" of view '{}': no view before it has this name", options.same_as,
        views[own].name);
  return static_cast<std::size_t>(found - before.begin());
}

/// The shape of what the network sees of a view.
data::ViewShape seen_shape(const EncoderOptions& options, data::ViewShape shape) {
  if (!options.generated) return shape;
  check(shape.channels == ViewGeneratorImpl::channels,
        "view '{}' has {} channels: views are learned of pictures of 3", shape.name,
        shape.channels);
  shape.channels = options.generated->count;
  return shape;
}

/// Pictures of one channel in channels-last memory, by their strides too: those of both layouts
/// serve them, and libtorch would take the other one for what follows.
at::Tensor by_its_strides(const at::Tensor& x) {
  return x.reshape({-1, x.size(2), x.size(3), 1}).permute({0, 3, 1, 2});
}

std::shared_ptr<ViewGeneratorImpl> generator_of(const EncoderOptions& options,
                                                std::shared_ptr<ViewGeneratorImpl> known) {
  if (!options.generated || known != nullptr) return known;
  return std::make_shared<ViewGeneratorImpl>(ViewGeneratorOptions{
      .couplings = options.generated->couplings, .width = options.generated->width});
}

}  // namespace

EncoderImpl::EncoderImpl(const EncoderOptions& options, const data::ViewShape& shape,
                         std::shared_ptr<ViewGeneratorImpl> generator)
    : torch::nn::Module("Encoder"),
      shape_(shape),
      generated_(options.generated),
      backbone_(make_backbone(options, seen_shape(options, shape))),
      head_(make_head(options, backbone_.representation_dim).ptr()),
      embedding_dim_(options.embedding_dim),
      freeze_(options.freeze),
      rate_factor_(options.rate_factor),
      generator_(generator_of(options, std::move(generator))) {
  check(options.rate_factor > 0, "encoder.rate_factor = {}: it must be positive",
        options.rate_factor);
  for (const auto& [name, module] : backbone_.modules) register_module(name, module);
  register_module("head", head_);
  initialise(*this);
  if (generator_ != nullptr) register_module("generator", generator_);  // with weights of its own
  if (!freeze_) return;
  for (const auto& [name, module] : backbone_.modules)
    for (at::Tensor& parameter : module->parameters()) parameter.set_requires_grad(false);
  train();
}

void EncoderImpl::train(bool on) {
  torch::nn::Module::train(on);
  if (!freeze_) return;
  for (const auto& [name, module] : backbone_.modules) module->train(false);
}

double EncoderImpl::rate_factor(const std::string& parameter) const {
  return parameter.starts_with("head.") ? 1.0 : rate_factor_;
}

bool EncoderImpl::takes(std::int64_t height, std::int64_t width) const {
  return backbone_.larger_views ? height >= shape_.height && width >= shape_.width
                                : height == shape_.height && width == shape_.width;
}

at::Tensor EncoderImpl::run(const at::Tensor& x, std::size_t layers) {
  check(x.dim() == 4 && x.size(1) == shape_.channels && takes(x.size(2), x.size(3)),
        "the encoder of view '{}' was given [{}]: it takes [N, {}, {}, {}]{}", shape_.name,
        fmt::join(x.sizes(), ", "), shape_.channels, shape_.height, shape_.width,
        backbone_.larger_views ? " and larger pictures" : "");
  // libtorch 1.13's convolutions fail on an empty batch in channels-last memory.
  if (x.size(0) == 0 && layers == backbone_.layers.size())
    return at::zeros({0, backbone_.representation_dim}, x.options());
  at::Tensor y = seen(x).contiguous(at::MemoryFormat::ChannelsLast);
  if (is_training() && y.size(1) == 1) y = by_its_strides(y);
  for (std::size_t i = 0; i < layers; ++i) y = backbone_.layers[i].apply(y);
  return y;
}

at::Tensor EncoderImpl::seen(const at::Tensor& x) {
  if (generator_ == nullptr) return x;
  return generator_->forward(x).narrow(1, generated_->first, generated_->count);
}

void EncoderImpl::synchronise(distributed::ProcessGroup* group) {
  norms_.clear();
  for (const auto& module : modules(/*include_self=*/false)) {
    auto* const norm = dynamic_cast<BatchNormImpl*>(module.get());
    if (norm == nullptr) continue;
    norm->synchronise(group);
    if (group != nullptr) norms_.push_back(norm);
  }
}

/// Runs for the batch norms of other processes alone. (A row is made up for it: libtorch 1.13's
/// convolutions fail on none.)
Encoding EncoderImpl::stand_aside(const at::Tensor& x) {
  for (BatchNormImpl* const norm : norms_) norm->stand_aside(true);
  const Encoding made = forward(at::zeros({1, x.size(1), x.size(2), x.size(3)}, x.options()));
  for (BatchNormImpl* const norm : norms_) norm->stand_aside(false);
  return {made.representation.narrow(0, 0, 0), made.embedding.narrow(0, 0, 0)};
}

Encoding EncoderImpl::forward(const at::Tensor& x) {
  if (x.size(0) == 0 && runs_empty()) return stand_aside(x);
  const at::Tensor representation = run(x, backbone_.layers.size());
  const at::Tensor embedding = representation.size(0) > 0
                                   ? head_->forward(representation)
                                   : at::zeros({0, embedding_dim_}, representation.options());
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

Encoding encode_present(Encoder& encoder, const at::Tensor& x, const at::Tensor& present) {
  if (!present.defined() || present.all().item<bool>()) return encoder->forward(x);
  const auto zeros = [&](std::int64_t width) {
    return at::zeros({x.size(0), width}, at::TensorOptions(at::kFloat).device(x.device()));
  };
  Encoding all{zeros(encoder->representation_dim()), zeros(encoder->embedding_dim())};
  const at::Tensor rows = sent_to(present.nonzero().squeeze(1), x.device());
  if (rows.size(0) == 0 && !encoder->runs_empty()) return all;
  const Encoding some = encoder->forward(x.index_select(0, rows));
  return {all.representation.index_copy(0, rows, some.representation),
          all.embedding.index_copy(0, rows, some.embedding)};
}

Encoder make_encoder(const EncoderOptions& options, const data::ViewShape& shape) {
  return Encoder(options, shape);
}

std::vector<std::size_t> encoder_places(std::span<const EncoderOptions> options,
                                        std::span<const data::ViewShape> views) {
  std::vector<std::size_t> places;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const std::size_t whose = options.front().shared ? 0 : place_of_encoder(options[v], views, v);
    places.push_back(whose == v ? v : places[whose]);
  }
  return places;
}

std::vector<Encoder> make_encoders(std::span<const EncoderOptions> options,
                                   std::span<const data::ViewShape> views) {
  check(options.size() == views.size(), "options of {} encoders for {} views", options.size(),
        views.size());
  check(options.empty() || !options.front().shared || !options.front().generated,
        "encoder.shared = true: learned views have other channels each, and need an encoder each");
  std::vector<Encoder> encoders;
  std::shared_ptr<ViewGeneratorImpl> generator;  // one for all that are learned
  const std::vector<std::size_t> places = encoder_places(options, views);
  for (std::size_t v = 0; v < views.size(); ++v) {
    const data::ViewShape& view = views[v];
    const std::size_t whose = places[v];
    if (whose == v) {
      encoders.emplace_back(options[v], view, generator);
      if (generator == nullptr) generator = encoders[v]->generator();
      check(
          encoders[v]->embedding_dim() == encoders.front()->embedding_dim(),
          "encoder.embedding_dim = {} of view '{}' is not the {} of view '{}'; embeddings that are "
          "contrasted have one dimension",
          encoders[v]->embedding_dim(), view.name, encoders.front()->embedding_dim(),
          views.front().name);
      continue;
    }
    const data::ViewShape& first = views[whose];
    check(view.same_size(first),
          "encoder.{}: view '{}' of {} × {} × {} differs from view '{}' of {} × {} × {}; views of "
          "different shapes need an encoder each",
          options.front().shared ? "shared = true" : "same_as", view.name, view.channels,
          view.height, view.width, first.name, first.channels, first.height, first.width);
    encoders.push_back(encoders[whose]);
  }
  return encoders;
}

std::vector<Encoder> make_encoders(const EncoderOptions& options,
                                   std::span<const data::ViewShape> views) {
  return make_encoders(std::vector<EncoderOptions>(views.size(), options), views);
}

bool is_repeated(std::span<const Encoder> encoders, std::size_t view) {
  return std::ranges::any_of(encoders.first(view), [&](const Encoder& earlier) {
    return earlier.ptr() == encoders[view].ptr();
  });
}

}  // namespace cmc::encoders
