#include "cmc/training/optimizer.h"

#include <ATen/ATen.h>
#include <torch/optim/optimizer.h>
#include <torch/optim/sgd.h>

#include "cmc/error.h"
#include "cmc/libtorch.h"
#include "cmc/training/adamw.h"
#include "cmc/training/sgd.h"

namespace cmc::training {
namespace {

bool decays(const at::Tensor& parameter) {
  return parameter.dim() > 1;
}

/// The parameters that share a factor of the learning rate and whether they decay.
using Groups = std::map<std::pair<double, bool>, std::vector<at::Tensor>>;

Groups grouped(const NamedParameters& parameters, const RateFactor& rate_factor) {
  Groups result;
  for (const auto& [name, parameter] : parameters)
    result[{rate_factor ? rate_factor(name) : 1.0, decays(parameter)}].push_back(parameter);
  return result;
}

template <class Options>
std::vector<torch::optim::OptimizerParamGroup> groups(const Groups& parameters,
                                                      const Options& options, double decay) {
  std::vector<torch::optim::OptimizerParamGroup> result;
  for (const auto& [key, own_parameters] : parameters) {
    Options own(options);
    own.weight_decay(key.second ? decay : 0.0);
    result.emplace_back(own_parameters, std::make_unique<Options>(own));
  }
  return result;
}

std::unique_ptr<torch::optim::Optimizer> make(const Groups& parameters,
                                              const OptimizerOptions& options) {
  const auto sgd = [&](double decay) {
    const auto own = torch::optim::SGDOptions(options.learning_rate).momentum(options.momentum);
    return std::make_unique<PiecewiseSgd>(groups(parameters, own, decay), own);
  };
  switch (options.kind) {
    case OptimizerKind::adamw: {
      const auto own =
          torch::optim::AdamWOptions(options.learning_rate).betas({0.9, options.beta2});
      return std::make_unique<PiecewiseAdamW>(groups(parameters, own, options.weight_decay), own);
    }
    case OptimizerKind::sgd:
      return sgd(options.weight_decay);
    case OptimizerKind::lars:
      return sgd(0);  // it adds the decay to the gradient itself, before that is scaled
  }
  fail("OptimizerOptions::kind has no such value");
}

}  // namespace

Optimizer::Optimizer(NamedParameters parameters, const OptimizerOptions& options,
                     const RateFactor& rate_factor)
    : parameters_(std::move(parameters)), options_(options) {
  const Groups groups = grouped(parameters_, rate_factor);
  optimizer_ = make(groups, options);
  for (const auto& [key, own] : groups) factors_.push_back(key.first);
}

Optimizer::~Optimizer() = default;

void Optimizer::zero_grad() {
  // Undefined, not zeroed as libtorch 1.13 does: the backward pass then hands its result over
  // instead of adding it to zeros, two passes over the weights less.
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad() = at::Tensor();
}

void Optimizer::step(double factor) {
  if (options_.kind == OptimizerKind::lars) scale_to_trust();
  auto& groups = optimizer_->param_groups();
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i].options().set_lr(options_.learning_rate * factor * factors_[i]);
  optimizer_->step();
}

/// LARS: g ← κ ‖w‖ / ‖g + λw‖ (g + λw) for each parameter that decays (docs/theory.md).
void Optimizer::scale_to_trust() {
  const at::NoGradGuard no_grad;
  for (auto& [name, parameter] : parameters_) {
    at::Tensor gradient = parameter.grad();
    if (!gradient.defined() || !decays(parameter)) continue;
    gradient.add_(parameter, options_.weight_decay);
    const at::Tensor weight = parameter.norm().to(at::kDouble),
                     move = gradient.norm().to(at::kDouble),
                     factor = options_.trust * weight / move;
    const at::Tensor usable = (weight > 0).logical_and(move > 0);
    gradient.mul_(at::where(usable, factor, at::ones_like(factor)));
  }
}

void Optimizer::scale_gradients(double factor) {
  const at::NoGradGuard no_grad;
  for (auto& [name, parameter] : parameters_)
    if (parameter.grad().defined()) parameter.mutable_grad().mul_(factor);
}

at::Tensor Optimizer::gradient_norm() const {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> norms;
  for (const auto& [name, parameter] : parameters_)
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  return norms.empty() ? at::zeros({}, at::kFloat) : at::stack(norms).norm();
}

void Optimizer::clip_gradients(double norm, double limit) {
  if (limit > 0 && norm > limit) scale_gradients(limit / norm);
}

std::map<std::string, at::Tensor> Optimizer::state() const {
  std::map<std::string, at::Tensor> result;
  for (const auto& [name, parameter] : parameters_)
    for (const auto& [slot, tensor] : optimizer_slots(*optimizer_, parameter))
      result[name + "/" + slot] = tensor;
  return result;
}

void Optimizer::load_state(const std::map<std::string, at::Tensor>& state) {
  std::map<std::string, std::map<std::string, at::Tensor>> by_parameter;
  for (const auto& [key, tensor] : state) {
    const std::size_t cut = key.rfind('/');
    check(cut != std::string::npos, "the optimizer's state has the odd name {}", key);
    by_parameter[key.substr(0, cut)][key.substr(cut + 1)] = tensor;
  }
  for (const auto& [name, parameter] : parameters_) {
    const auto found = by_parameter.find(name);
    if (found == by_parameter.end()) continue;
    for (const auto& [slot, tensor] : found->second)
      check(tensor.dim() == 0 || tensor.sizes() == parameter.sizes(),
            "the optimizer's state {}/{} does not fit its parameter", name, slot);
    set_optimizer_slots(*optimizer_, parameter, found->second);
    by_parameter.erase(found);
  }
  check(by_parameter.empty(), "the optimizer's state names the parameter {}, which the model lacks",
        by_parameter.empty() ? "" : by_parameter.begin()->first);
}

}  // namespace cmc::training
