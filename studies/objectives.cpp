#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "cmc/advice/sweep.h"
#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/training/budget.h"
#include "cmc/training/optimizer.h"
#include "cmc/training/schedule.h"
#include "studies/study_recipe.h"

namespace cmc::studies {
namespace {

using nlohmann::json;

const std::vector<std::string> objectives = {"contrast", "cross-view prediction", "autoencoder"};

torch::nn::Sequential decoder(std::int64_t representation, std::int64_t hidden,
                              std::int64_t values) {
  using namespace torch::nn;
  return Sequential(Linear(representation, hidden), BatchNorm1d(hidden), ReLU(),
                    Linear(hidden, values));
}

/// Encoders trained to predict values by the mean squared error: those of the next view, or (with
/// `across` false) of their own. The decoder has the width of the projection head that contrast
/// trains with; data, batches, optimiser and schedule are the recipe's.
advice::Trained train_prediction(const recipe::Recipe& recipe, const runs::Setup& setup,
                                 std::int64_t seed, bool across) {
  recipe::Recipe seeded = recipe;
  seeded.seed = seed;
  const std::vector<data::ViewShape>& views = setup.train_transform->views();
  std::vector<encoders::Encoder> encoders = runs::make_encoders(seeded, setup);
  const at::Device device = find_device(recipe.train.device);
  std::vector<torch::nn::Sequential> decoders;
  training::NamedParameters parameters;
  const auto target = [&](std::size_t v) { return across ? (v + 1) % views.size() : v; };
  for (std::size_t v = 0; v < views.size(); ++v) {
    const std::int64_t hidden = setup.encoders[v].hidden_dim;
    const std::int64_t width = encoders[v]->representation_dim();
    decoders.push_back(decoder(width, hidden > 0 ? hidden : width, views[target(v)].numel()));
    encoders[v]->to(device);
    decoders[v]->to(device);
    for (const auto& entry : encoders[v]->named_parameters())
      if (!entry.key().starts_with("head"))
        parameters.emplace_back(fmt::format("encoder{}.{}", v, entry.key()), entry.value());
    for (const auto& entry : decoders[v]->named_parameters())
      parameters.emplace_back(fmt::format("decoder{}.{}", v, entry.key()), entry.value());
  }
  training::Optimizer optimizer(parameters, recipe.train.optimizer);
  data::Loader loader(setup.data.train, setup.train_transform,
                      {.batch_size = std::min(recipe.train.batch_size, setup.data.train->size()),
                       .seed = static_cast<std::uint64_t>(seed)});
  const std::int64_t steps = training::budget_of(recipe.train, setup.data.train->size()).steps;
  std::int64_t step = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t epoch = 0; step < steps; ++epoch) {
    loader.start(epoch);
    while (step < steps) {
      std::optional<data::Batch> batch = loader.next();
      if (!batch) break;
      check(!batch->present.defined(), "a view can't be predicted where it is missing");
      const std::vector<at::Tensor> seen = training::on_device(std::move(batch->views), device);
      optimizer.zero_grad();
      at::Tensor loss = at::zeros({}, seen[0].options());
      for (std::size_t v = 0; v < views.size(); ++v) {
        const at::Tensor wanted = seen[target(v)].flatten(1);
        loss = loss + at::mse_loss(decoders[v]->forward(encoders[v]->represent(seen[v])), wanted);
      }
      loss.backward();
      optimizer.step(training::schedule_factor(recipe.train.schedule, step++, steps));
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {.encoders = std::move(encoders), .seconds = spent.count()};
}

}  // namespace

void run_objectives(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<advice::Setting> settings;
  for (const std::string& objective : objectives)
    settings.push_back({{{"objective", objective}}, short_recipe(options)});
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.train = [contrast = sweeping.train](const advice::Setting& setting,
                                               const runs::Setup& setup, std::int64_t seed) {
    const std::string objective = setting.key.at("objective");
    if (objective == "contrast") return contrast(setting, setup, seed);
    return train_prediction(setting.recipe, setup, seed, objective != "autoencoder");
  };
  // The others have no trained head: nothing of what is contrasted is measured.
  sweeping.judge = [](const advice::Setting&, advice::Trained& trained, const runs::Setup& setup) {
    return advice::probe(
        advice::judged_features(trained.encoders, setup.data, setup.evaluate_transform));
  };
  advice::sweep(notebook, settings, sweeping);
  advice::Figure figure{.name = "accuracy",
                        .title = "Linear probe of each objective, same encoders and budget",
                        .x_label = "1 contrast, 2 cross-view prediction, 3 autoencoder",
                        .y_label = "accuracy, %",
                        .series = {}};
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    const json where = {{"objective", objectives[i]}};
    advice::Series series{.label = objectives[i], .points = {}, .joined = false};
    series.points.push_back(advice::point(
        static_cast<double>(i + 1), advice::over_seeds(notebook.rows(), where, "probe_all"), 100));
    figure.series.push_back(std::move(series));
    if (i == 0) continue;
    const auto gain =
        advice::difference(notebook.rows(), {{"objective", objectives[0]}}, where, "probe_all");
    notebook.conclude(
        {fmt::format("Contrast learns a better representation than {} {}.", i == 1 ? "a" : "an",
                     i == 1 ? "prediction of the other view" : objectives[i]),
         fmt::format("{} points of accuracy more", advice::plus_minus(gain, 2, 100)),
         advice::positive(gain)});
  }
  notebook.add(std::move(figure));
}

}  // namespace cmc::studies
