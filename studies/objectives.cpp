#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <optional>

#include "cmc/training/optimizer.h"
#include "cmc/training/schedule.h"
#include "studies/sweep.h"

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
Trained train_prediction(const training::Recipe& recipe, const training::TrainingData& data,
                         std::int64_t seed, bool across) {
  const auto key = static_cast<std::uint64_t>(seed);
  torch::manual_seed(key);
  const std::vector<data::ViewShape>& views = data.train_transform->views();
  std::vector<encoders::Encoder> encoders = encoders::make_encoders(recipe.encoder, views);
  std::vector<torch::nn::Sequential> decoders;
  training::NamedParameters parameters;
  const auto target = [&](std::size_t v) { return across ? (v + 1) % views.size() : v; };
  for (std::size_t v = 0; v < views.size(); ++v) {
    decoders.push_back(decoder(encoders[v]->representation_dim(), recipe.encoder.hidden_dim,
                               views[target(v)].numel()));
    for (const auto& entry : encoders[v]->named_parameters())
      if (!entry.key().starts_with("head"))
        parameters.emplace_back(fmt::format("encoder{}.{}", v, entry.key()), entry.value());
    for (const auto& entry : decoders[v]->named_parameters())
      parameters.emplace_back(fmt::format("decoder{}.{}", v, entry.key()), entry.value());
  }
  training::Optimizer optimizer(parameters, recipe.train.optimizer);
  data::Loader loader(data.train, data.train_transform,
                      {.batch_size = recipe.train.batch_size, .seed = key});
  const std::int64_t steps = recipe.train.epochs * loader.batches_per_epoch();
  std::int64_t step = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t epoch = 0; epoch < recipe.train.epochs; ++epoch) {
    loader.start(epoch);
    while (const std::optional<data::Batch> batch = loader.next()) {
      optimizer.zero_grad();
      at::Tensor loss = at::zeros({});
      for (std::size_t v = 0; v < views.size(); ++v) {
        const at::Tensor wanted = batch->views[target(v)].flatten(1);
        loss = loss +
               at::mse_loss(decoders[v]->forward(encoders[v]->represent(batch->views[v])), wanted);
      }
      loss.backward();
      optimizer.step(training::schedule_factor(recipe.train.schedule, step++, steps));
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {std::move(encoders), spent.count()};
}

}  // namespace

void run_objectives(Notebook& notebook, const StudyOptions& options) {
  const training::Recipe recipe = short_recipe(options);
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed) {
    for (const std::string& objective : objectives) {
      notebook.row({{"objective", objective},
                    {"seed", seed},
                    {"samples", training_samples(options)},
                    {"epochs", recipe.train.epochs}},
                   [&] {
                     const training::TrainingData data =
                         short_data(recipe, training_samples(options), held_out_samples(options));
                     Trained trained =
                         objective == "contrast"
                             ? train_short(recipe, data, seed, notebook.folder())
                             : train_prediction(recipe, data, seed, objective != "autoencoder");
                     json values = probe(trained.encoders, data);
                     values["seconds"] = trained.seconds;
                     return values;
                   });
    }
  }
  Figure figure{.name = "accuracy",
                .title = "Linear probe of each objective, same encoders and budget",
                .x_label = "1 contrast, 2 cross-view prediction, 3 autoencoder",
                .y_label = "accuracy, %",
                .series = {}};
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    const json where = {{"objective", objectives[i]}};
    Series series{.label = objectives[i], .points = {}, .joined = false};
    series.points.push_back(
        point(static_cast<double>(i + 1), over_seeds(notebook.rows(), where, "probe_all"), 100));
    figure.series.push_back(std::move(series));
    if (i == 0) continue;
    const auto gain =
        difference(notebook.rows(), {{"objective", objectives[0]}}, where, "probe_all");
    notebook.conclude(
        {fmt::format("Contrast learns a better representation than {} {}.", i == 1 ? "a" : "an",
                     i == 1 ? "prediction of the other view" : objectives[i]),
         fmt::format("{} points of accuracy more", plus_minus(gain, 2, 100)), positive(gain)});
  }
  notebook.add(std::move(figure));
}

}  // namespace cmc::studies
