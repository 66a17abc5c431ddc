#include "cmc/runs/measure_run.h"

#include "cmc/runs/judged_views.h"

namespace cmc::runs {
namespace {

std::optional<evaluation::TrainingEstimate> training_estimate(const Metrics& metrics,
                                                              std::int64_t samples) {
  const auto last = last_training(metrics);
  if (!last) return std::nullopt;
  return evaluation::TrainingEstimate{.k = last->k,
                                      .estimate = last->training_estimate,
                                      .ceiling = last->ceiling,
                                      .most_k = samples - 1};
}

}  // namespace

evaluation::InformationMeasurement measure_information(const TrainedRun& trained,
                                                       evaluation::InformationOptions options) {
  const recipe::Recipe& recipe = trained.recipe();
  const data::Splits& data = trained.setup.data;
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.batch_size = recipe.train.batch_size;
  options.device = trained.device;
  options.workers = static_cast<int>(recipe.train.workers);
  std::optional<double> tuple_temperature;
  if (recipe.contrast.loss == recipe::LossKind::multilinear)
    tuple_temperature = trained.model->temperature();
  return evaluation::measure_information(
      {.encoders = trained.model->encoders,
       .train = data.train,
       .held_out = data.test,
       .transform = trained.setup.measuring_transform(),
       .judged = judged_views(trained.setup, trained.model->encoders),
       .temperature = trained.model->temperature(),
       .pair_temperature =
           [&](std::size_t first, std::size_t second) {
             return trained.model->temperature(first, second);
           },
       .tuple_temperature = tuple_temperature,
       .training = training_estimate(trained.run.metrics(), data.train->size())},
      options);
}

}  // namespace cmc::runs
