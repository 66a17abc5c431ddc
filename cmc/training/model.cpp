#include "cmc/training/model.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include "cmc/contrast/negatives/momentum_encoder.h"
#include "cmc/device.h"
#include "cmc/encoders/encode_views.h"
#include "cmc/error.h"

namespace cmc::training {
namespace {

std::vector<at::Tensor> embeddings_of(std::vector<encoders::Encoder>& encoders,
                                      const std::vector<at::Tensor>& views,
                                      const at::Tensor& present, Team* team) {
  std::vector<at::Tensor> embeddings;
  for (encoders::Encoding& encoding : encoders::encode_views(team, encoders, views, present))
    embeddings.push_back(std::move(encoding.embedding));
  return embeddings;
}

}  // namespace

ModelImpl::ModelImpl(std::vector<encoders::Encoder> encoders, contrast::Objective objective,
                     std::vector<encoders::Encoder> momentum_encoders)
    : encoders(std::move(encoders)),
      objective(std::move(objective)),
      momentum_encoders(std::move(momentum_encoders)) {
  const auto add = [&](const std::string& prefix, const std::vector<encoders::Encoder>& list) {
    for (std::size_t v = 0; v < list.size(); ++v)
      if (!encoders::is_repeated(list, v))
        register_module(prefix + list[v]->shape().name, list[v].ptr());
  };
  add("encoder_", this->encoders);
  add("momentum_encoder_", this->momentum_encoders);
  register_module("objective", this->objective.ptr());
  for (const auto& encoder : this->momentum_encoders)
    for (at::Tensor& parameter : encoder->parameters()) parameter.set_requires_grad(false);
  if (!this->momentum_encoders.empty()) follow(0);
}

void ModelImpl::add_classifiers(std::int64_t classes) {
  for (const encoders::Encoder& encoder : encoders)
    classifiers.push_back(
        register_module(classifier_prefix + encoder->shape().name,
                        torch::nn::Linear(encoder->representation_dim(), classes)));
}

std::vector<at::Tensor> ModelImpl::embed(const std::vector<at::Tensor>& views,
                                         const at::Tensor& present, Team* team) {
  return embeddings_of(encoders, views, present, team);
}

std::vector<at::Tensor> ModelImpl::embed_by_momentum(const std::vector<at::Tensor>& views,
                                                     const at::Tensor& present, Team* team) {
  if (momentum_encoders.empty()) return {};
  const at::NoGradGuard no_grad;
  return embeddings_of(momentum_encoders, views, present, team);
}

void ModelImpl::follow(double momentum) {
  for (std::size_t v = 0; v < momentum_encoders.size(); ++v) {
    if (!encoders::is_repeated(momentum_encoders, v))
      contrast::momentum_update(*momentum_encoders[v], *encoders[v], momentum);
  }
}

double ModelImpl::rate_factor(const std::string& parameter) const {
  for (const auto& encoder : encoders) {
    const std::string prefix = "encoder_" + encoder->shape().name + ".";
    if (parameter.starts_with(prefix)) return encoder->rate_factor(parameter.substr(prefix.size()));
  }
  return 1;
}

double ModelImpl::temperature() const {
  return objective->temperature().item<double>();
}

double ModelImpl::temperature(std::size_t first, std::size_t second) const {
  return objective->temperature(static_cast<std::int64_t>(first), static_cast<std::int64_t>(second))
      .item<double>();
}

std::map<std::string, at::Tensor> ModelImpl::state() {
  std::map<std::string, at::Tensor> result;
  for (const auto& entry : named_parameters()) result[entry.key()] = entry.value();
  for (const auto& entry : named_buffers()) result[entry.key()] = entry.value();
  return result;
}

void ModelImpl::load_state(const std::map<std::string, at::Tensor>& state) {
  const at::NoGradGuard no_grad;
  auto own = this->state();
  for (const auto& [name, tensor] : state)
    check(own.contains(name), "the file holds {}, which this model lacks", name);
  for (auto& [name, tensor] : own) {
    const auto found = state.find(name);
    check(found != state.end(), "the file lacks {}, which this model needs", name);
    check(found->second.sizes() == tensor.sizes(),
          "{} is [{}] in the file, where this model has [{}]", name,
          fmt::join(found->second.sizes(), ", "), fmt::join(tensor.sizes(), ", "));
    check(found->second.scalar_type() == tensor.scalar_type(),
          "{} is {} in the file, where this model has {}", name,
          at::toString(found->second.scalar_type()), at::toString(tensor.scalar_type()));
    tensor.copy_(found->second);
  }
}

std::vector<at::Tensor> on_device(std::vector<at::Tensor> tensors, at::Device device) {
  for (at::Tensor& tensor : tensors) tensor = sent_to(tensor, device);
  return tensors;
}

}  // namespace cmc::training
