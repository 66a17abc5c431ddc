#include "cmc/evaluation/supervised.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adamw.h>
#include <torch/optim/optimizer.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_set>

#include "cmc/encoders/encode_views.h"
#include "cmc/error.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/libtorch.h"

namespace cmc::evaluation {
namespace {

/// The parameters in groups: decayed ones (matrices, kernels) and those that are not (biases,
/// norms), each once though shared, the encoders' apart from the classifier's.
struct Groups {
  std::vector<torch::optim::OptimizerParamGroup> groups;
  std::vector<double> factors;  ///< of the learning rate, by group

  Groups(std::span<encoders::Encoder> encoders, const torch::nn::Linear& classifier,
         const SupervisedOptions& options) {
    std::vector<at::Tensor> parameters;
    for (const encoders::Encoder& encoder : encoders)
      for (const at::Tensor& parameter : encoder->parameters()) parameters.push_back(parameter);
    add(parameters, options.encoder_factor, options);
    add(classifier->parameters(), 1, options);
  }

 private:
  void add(const std::vector<at::Tensor>& parameters, double factor,
           const SupervisedOptions& options) {
    std::vector<at::Tensor> decayed, others;
    std::unordered_set<const void*> seen;
    for (const at::Tensor& parameter : parameters) {
      if (!parameter.requires_grad() || !seen.insert(parameter.unsafeGetTensorImpl()).second)
        continue;
      (parameter.dim() > 1 ? decayed : others).push_back(parameter);
    }
    for (auto* list : {&decayed, &others}) {
      if (list->empty()) continue;
      groups.emplace_back(*list,
                          std::make_unique<torch::optim::AdamWOptions>(
                              torch::optim::AdamWOptions(options.learning_rate)
                                  .weight_decay(list == &decayed ? options.weight_decay : 0)));
      factors.push_back(factor);
    }
  }
};

/// Numbers with mean 0 and deviation 1 over those that are there.
at::Tensor standardised(const at::Tensor& targets) {
  const at::Tensor known = targets.masked_select(targets.isfinite());
  check(known.size(0) > 0, "no sample of the training part has a label");
  return ((targets - known.mean()) / known.std(0, false).clamp_min(1e-12)).to(at::kFloat);
}

at::Tensor chosen(const at::Tensor& x, const at::Tensor& rows) {
  return rows.size(0) < x.size(0) ? x.index_select(0, rows) : x;
}

double rate_at(std::int64_t step, const SupervisedOptions& options) {
  const double warm_up = std::max(1.0, static_cast<double>(options.steps) / 20);
  const double now = static_cast<double>(step) + 1, end = static_cast<double>(options.steps);
  if (now <= warm_up) return options.learning_rate * now / warm_up;
  const double share = (now - warm_up) / std::max(1.0, end - warm_up);
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

}  // namespace

std::vector<encoders::Encoder> train_supervised(std::vector<encoders::Encoder> encoders,
                                                data::Loader& loader,
                                                const SupervisedOptions& options) {
  check(options.steps > 0, "steps = {}: it must be positive", options.steps);
  check(!encoders.empty(), "there is no encoder to train");
  std::int64_t width = 0;
  for (encoders::Encoder& encoder : encoders) {
    encoder->to(options.device);
    encoder->train();
    width += encoder->representation_dim();
  }
  const bool numbers = options.targets.defined();
  const at::Tensor targets = numbers ? standardised(options.targets) : at::Tensor();
  torch::nn::Linear classifier(width, numbers ? 1 : options.classes);
  classifier->to(options.device);
  const Groups grouped(encoders, classifier, options);
  torch::optim::AdamW optimizer(grouped.groups);
  const std::unique_ptr<Team> team = encoders::encoding_team(options.device);
  loader.start(0);
  std::int64_t epoch = 0, step = 0, steps_before_epoch = 0;
  while (step < options.steps) {
    const std::optional<data::Batch> batch = loader.next();
    if (!batch) {
      check(step > steps_before_epoch, "no sample of the training part has a label");
      steps_before_epoch = step;
      loader.start(++epoch);
      continue;
    }
    const at::Tensor own_targets = numbers ? targets.index_select(0, batch->indices) : targets;
    const at::Tensor with_label =
        numbers ? own_targets.isfinite().nonzero().flatten() : labelled(batch->labels);
    if (with_label.size(0) < 2) continue;
    std::vector<at::Tensor> views, representations;
    for (const at::Tensor& view : batch->views)
      views.push_back(chosen(view, with_label).to(options.device));
    at::Tensor present = batch->present;
    // Batch norms need two rows: a view that only one has is left out.
    if (present.defined()) {
      present = chosen(present, with_label);
      present = present.logical_and(present.sum(0, true) > 1);
    }
    at::Tensor logits;
    {
      const Autocast autocast(options.device.type(), options.bfloat16);
      for (encoders::Encoding& view : encoders::encode_views(team.get(), encoders, views, present))
        representations.push_back(std::move(view.representation));
      logits = classifier->forward(at::cat(representations, 1));
    }
    const at::Tensor labels =
        (numbers ? own_targets : batch->labels).index_select(0, with_label).to(options.device);
    logits = logits.to(at::kFloat);
    const at::Tensor loss =
        numbers ? at::mse_loss(logits.squeeze(1), labels) : at::cross_entropy_loss(logits, labels);
    optimizer.zero_grad();
    loss.backward();
    for (std::size_t i = 0; i < grouped.factors.size(); ++i) {
      auto& group = static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[i].options());
      group.lr(rate_at(step, options) * grouped.factors[i]);
    }
    optimizer.step();
    ++step;
    const double value = loss.item<double>();
    check(std::isfinite(value),
          "the supervised baseline's loss is {} at step {}: try a learning rate below {}", value,
          step, options.learning_rate);
    if (options.progress) {
      options.progress(static_cast<double>(step) / static_cast<double>(options.steps), value);
    }
  }
  return encoders;
}

}  // namespace cmc::evaluation
