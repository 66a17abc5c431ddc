#include "studies/prediction.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "cmc/data/loader.h"
#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/training/budget.h"
#include "cmc/training/optimizer.h"
#include "cmc/training/schedule.h"
#include "studies/value_bins.h"

namespace cmc::studies {
namespace {

constexpr std::int64_t binned_samples = 2048;  // 128 a bin

/// What one decoder learns.
struct Goal {
  std::size_t view;      ///< that is predicted
  std::int64_t outputs;  ///< O, of the decoder
  /// Of outputs [N, O] against the view's rows [N, C, H, W].
  std::function<at::Tensor(const at::Tensor& outputs, const at::Tensor& view)> loss;
};

std::vector<at::Tensor> whole_views(data::Batch batch, at::Device device) {
  check(!batch.present.defined(), "a view can't be predicted where it is missing");
  return training::on_device(std::move(batch.views), device);
}

/// Each view of the first `binned_samples`, or of all where there are fewer.
std::vector<at::Tensor> first_views(data::Loader& loader, std::size_t views, at::Device device) {
  std::vector<std::vector<at::Tensor>> parts(views);
  loader.start(0);
  for (std::int64_t seen = 0; seen < binned_samples;) {
    std::optional<data::Batch> batch = loader.next();
    if (!batch) break;
    seen += batch->size();
    const std::vector<at::Tensor> part = whole_views(std::move(*batch), device);
    for (std::size_t v = 0; v < views; ++v) parts[v].push_back(part[v]);
  }
  std::vector<at::Tensor> all;
  for (const std::vector<at::Tensor>& of_view : parts) all.push_back(at::cat(of_view));
  return all;
}

Goal values_of(std::size_t view, const data::ViewShape& shape) {
  return {view, shape.numel(), [](const at::Tensor& outputs, const at::Tensor& wanted) {
            return at::mse_loss(outputs, wanted.flatten(1));
          }};
}

Goal bins_of(std::size_t view, const ValueBins& bins) {
  return {
      view, bins.values() * ValueBins::count,
      [bins](const at::Tensor& outputs, const at::Tensor& wanted) {
        return at::cross_entropy_loss(outputs.view({-1, ValueBins::count}), bins(wanted).flatten());
      }};
}

/// One for each view's encoder.
std::vector<Goal> goals_of(Predicted predicted, const std::vector<data::ViewShape>& views,
                           data::Loader& loader, at::Device device) {
  std::vector<at::Tensor> sample;
  if (predicted == Predicted::other_bins) sample = first_views(loader, views.size(), device);
  std::vector<Goal> goals;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const std::size_t target = predicted == Predicted::own_values ? v : (v + 1) % views.size();
    goals.push_back(predicted == Predicted::other_bins ? bins_of(target, ValueBins(sample[target]))
                                                       : values_of(target, views[target]));
  }
  return goals;
}

torch::nn::Sequential make_decoder(std::int64_t representation, std::int64_t hidden,
                                   std::int64_t outputs) {
  using namespace torch::nn;
  return Sequential(Linear(representation, hidden), BatchNorm1d(hidden), ReLU(),
                    Linear(hidden, outputs));
}

/// Of encoders, each once though views share it, without their projection heads, and of decoders.
training::NamedParameters parameters_of(const std::vector<encoders::Encoder>& encoders,
                                        const std::vector<torch::nn::Sequential>& decoders) {
  training::NamedParameters parameters;
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    if (!encoders::is_repeated(encoders, v))
      for (const auto& entry : encoders[v]->named_parameters())
        if (!entry.key().starts_with("head"))
          parameters.emplace_back(fmt::format("encoder{}.{}", v, entry.key()), entry.value());
    for (const auto& entry : decoders[v]->named_parameters())
      parameters.emplace_back(fmt::format("decoder{}.{}", v, entry.key()), entry.value());
  }
  return parameters;
}

}  // namespace

advice::Trained train_prediction(const recipe::Recipe& recipe, const runs::Setup& setup,
                                 std::int64_t seed, Predicted predicted) {
  recipe::Recipe seeded = recipe;
  seeded.seed = seed;
  std::vector<encoders::Encoder> encoders = runs::make_encoders(seeded, setup);
  const at::Device device = find_device(recipe.train.device);
  data::Loader loader(setup.data.train, setup.train_transform,
                      {.batch_size = std::min(recipe.train.batch_size, setup.data.train->size()),
                       .seed = static_cast<std::uint64_t>(seed)});
  const std::vector<Goal> goals =
      goals_of(predicted, setup.train_transform->views(), loader, device);
  std::vector<torch::nn::Sequential> decoders;
  for (std::size_t v = 0; v < goals.size(); ++v) {
    const std::int64_t hidden = setup.encoders[v].hidden_dim;
    const std::int64_t width = encoders[v]->representation_dim();
    decoders.push_back(make_decoder(width, hidden > 0 ? hidden : width, goals[v].outputs));
    encoders[v]->to(device);
    decoders[v]->to(device);
  }
  training::Optimizer optimizer(parameters_of(encoders, decoders), recipe.train.optimizer);
  const std::int64_t steps = training::budget_of(recipe.train, setup.data.train->size()).steps;
  std::int64_t step = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t epoch = 0; step < steps; ++epoch) {
    loader.start(epoch);
    while (step < steps) {
      std::optional<data::Batch> batch = loader.next();
      if (!batch) break;
      const std::vector<at::Tensor> seen = whole_views(std::move(*batch), device);
      optimizer.zero_grad();
      at::Tensor loss = at::zeros({}, seen[0].options());
      for (std::size_t v = 0; v < goals.size(); ++v)
        loss = loss + goals[v].loss(decoders[v]->forward(encoders[v]->represent(seen[v])),
                                    seen[goals[v].view]);
      loss.backward();
      optimizer.step(training::schedule_factor(recipe.train.schedule, step++, steps));
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {.encoders = std::move(encoders), .seconds = spent.count()};
}

}  // namespace cmc::studies
