#include "cmc/runs/train.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "cmc/device.h"
#include "cmc/distributed/own_cores.h"
#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/evaluation/unreadable.h"
#include "cmc/runs/kept_pictures.h"
#include "cmc/runs/learned_views.h"
#include "cmc/runs/recipe_paths.h"
#include "cmc/runs/repeated_samples.h"
#include "cmc/runs/shared_plan.h"
#include "cmc/runs/trained_run.h"
#include "cmc/runs/training_probe.h"
#include "cmc/runs/training_statistics.h"
#include "cmc/training/trainer.h"

namespace cmc::runs {
namespace {

std::int64_t parameters(const training::Model& model) {
  std::int64_t count = 0;
  for (const at::Tensor& parameter : model->parameters())
    if (parameter.requires_grad()) count += parameter.numel();
  return count;
}

void record_start(RunFolder& run, const TrainingStart& start) {
  const data::Splits& data = start.setup.data;
  run.record({{"device", start.device.str()},
              {"precision", start.bfloat16 ? "bf16" : "fp32"},
              {"parameters", start.parameters},
              {"train_samples", data.train->size()},
              {"test_samples", data.test->size()},
              {"classes", data.train->classes()},
              {"planned_steps", start.steps}});
  // Labels that steer training are recorded, so that no report calls it learning without.
  if (const auto& positives = run.recipe().contrast.positives; !positives.empty())
    run.record({{"positives", positives}});
  if (start.setup.learned && start.setup.learned->labelled > 0)
    run.record({{"positives", {"label"}}});
  if (run.info().contains("repeated_samples")) return;  // a run that goes on
  if (const auto repeated = repeated_samples(*data.train))
    run.record({{"repeated_samples", *repeated}});
}

/// Of the loaders, and of what was read beside them.
std::vector<data::UnreadableSample> unreadable(const training::Trainer& trainer,
                                               const data::Splits& data) {
  std::vector<data::UnreadableSample> samples = trainer.unreadable();
  for (const auto& part : {data.train, data.test})
    for (const data::UnreadableSample& sample : part->unreadable()) samples.push_back(sample);
  return samples;
}

/// With an equal part of this machine's cores for each process on it, where the recipe leaves that
/// open.
training::TrainOptions with_own_cores(training::TrainOptions options,
                                      const distributed::ProcessGroup* group) {
  if (group == nullptr) return options;
  const int own = distributed::own_cores(*group);
  for (std::int64_t* const threads : {&options.threads, &options.workers})
    if (*threads == 0) *threads = own;
  return options;
}

/// Rank 0's samples and everyone else's are the same, as far as their number tells.
void check_same_data(distributed::ProcessGroup& group, const data::Splits& data) {
  distributed::check_alike(
      group, {{"data set", fmt::format("{} samples to train, {} held out", data.train->size(),
                                       data.test->size())}});
}

TrainResult train_set_up(RunFolder& run, const recipe::Recipe& recipe, const Setup& setup,
                         const std::atomic<bool>& stop, const TrainRunOptions& options) {
  const auto seed = static_cast<std::uint64_t>(recipe.seed);
  const bool resumed = run.has_checkpoint("last");
  std::vector<std::string> pretrained;
  const training::Model model =
      make_model(recipe, resumed ? setup.without_weights() : setup, &pretrained);
  training::Trainer trainer(model, setup.training_data(recipe.train, seed),
                            with_own_cores(recipe.train, options.group), seed, run.training_files(),
                            options.group);
  if (resumed) trainer.resume();
  const at::Device device = find_device(recipe.train.device);
  const bool bfloat16 = uses_bfloat16(recipe.train.precision, device);
  std::string no_probe;
  if (recipe.train.probe_every > 0) {
    no_probe = why_no_training_probe(setup);
    if (no_probe.empty())
      trainer.probe_with(training_probe(setup, model, recipe, device, bfloat16));
  }
  const TrainingStart start{.run = run,
                            .setup = setup,
                            .model = model,
                            .device = device,
                            .bfloat16 = bfloat16,
                            .parameters = parameters(model),
                            .pretrained = std::move(pretrained),
                            .resumed = resumed,
                            .step = trainer.step(),
                            .steps = trainer.steps(),
                            .budget = trainer.budget(),
                            .no_probe = std::move(no_probe)};
  record_start(run, start);
  if (options.started) options.started(start);
  if (const std::string sheet = draw_views(setup.data, *setup.evaluate_transform); !sheet.empty())
    run.save_views_sheet(sheet);
  const std::shared_ptr<MetricsLog> log = run.log_metrics(trainer.step());
  trainer.add(log);
  for (const auto& observer : options.observers) trainer.add(observer);
  const bool finished = trainer.run(stop);
  if (finished && setup.learned) {
    const auto& shown = *setup.data.test;
    run.record({{"learned_axes", to_json(learned_axes(shown.size() > 0 ? shown : *setup.data.train,
                                                      setup, model->encoders))}});
    run.save_views_sheet(
        draw_views(setup.data, *as_generated(setup.evaluate_transform, model->encoders)));
  }
  const TrainResult result{
      .finished = finished,
      .step = trainer.step(),
      .steps = trainer.steps(),
      .seconds = log->seconds(),
      // A generator that learns makes held-out samples harder, too.
      .overfitting = finished && !setup.learned ? overfitting(run.metrics()) : std::nullopt,
      .unreadable = evaluation::of_all(options.group, unreadable(trainer, setup.data))};
  run.record_unreadable(result.unreadable);
  run.record({{"finished", finished},
              {"steps", result.step},
              {"seconds", result.seconds},
              {"judged_checkpoint",
               result.overfitting && result.overfitting->best_beats_chance() ? "best" : "last"}});
  return result;
}

TrainResult train_opened(RunFolder& run, const std::atomic<bool>& stop,
                         const TrainRunOptions& options) {
  const recipe::Recipe recipe = run.is_new() ? run.recipe() : run.with_data(options.data);
  check(options.group == nullptr || recipe.contrast.hard_negatives.empty(),
        "contrast.hard_negatives: one process alone can train with hard negatives that a column "
        "names");
  if (options.group != nullptr) tell_plan(*options.group, &recipe, run.has_checkpoint("last"));
  const Setup setup = set_up(recipe, run);
  if (const std::string other = difference(run, setup.data); !other.empty())
    fail("{}: {}; --data PATH says where the run's own is", run.path().string(), other);
  if (!run.is_new() && !options.data.empty()) run.move_data(options.data);
  if (options.group != nullptr) {
    distributed::broadcast(*options.group, statistics_text(run.statistics()));
    check_same_data(*options.group, setup.data);
  }
  return train_set_up(run, recipe, setup, stop, options);
}

}  // namespace

TrainResult train(RunFolder& run, const std::atomic<bool>& stop, const TrainRunOptions& options) {
  if (run.finished() && options.group != nullptr) tell_plan(*options.group, nullptr, false);
  if (run.finished())
    return {.finished = true,
            .finished_before = true,
            .step = run.steps(),
            .steps = run.steps(),
            .seconds = run.info().value("seconds", 0.0),
            .unreadable = {}};
  try {
    return train_opened(run, stop, options);
  } catch (...) {
    // What never came to its first checkpoint would only stand in the way of the next try.
    if (run.is_new()) run.discard();
    throw;
  }
}

TrainResult train_along(const std::optional<recipe::Recipe>& own, const std::string& data,
                        distributed::ProcessGroup& group, const std::atomic<bool>& stop) {
  const Plan plan = hear_plan(group, own);
  if (!plan.recipe) return {.finished = true, .finished_before = true, .unreadable = {}};
  recipe::Recipe recipe = *plan.recipe;
  if (!data.empty()) take_data(recipe, data);
  const TrainingStatistics statistics =
      statistics_of_text(distributed::broadcast(group, ""), "rank 0's statistics");
  const Setup setup = set_up(recipe, statistics);
  check_same_data(group, setup.data);
  const auto seed = static_cast<std::uint64_t>(recipe.seed);
  training::Trainer trainer(make_model(recipe, setup.without_weights()),
                            setup.training_data(recipe.train, seed),
                            with_own_cores(recipe.train, &group), seed, {}, &group);
  if (plan.resumed) trainer.resume();
  const bool finished = trainer.run(stop);
  evaluation::of_all(&group, unreadable(trainer, setup.data));
  return {.finished = finished,
          .step = trainer.step(),
          .steps = trainer.steps(),
          .seconds = trainer.seconds(),
          .unreadable = {}};
}

TrainResult train(const recipe::Recipe& recipe, const std::filesystem::path& folder,
                  const std::atomic<bool>& stop, const TrainRunOptions& options) {
  RunFolder run = RunFolder::create(folder, recipe);
  return train(run, stop, options);
}

TrainResult resume(const std::filesystem::path& folder, const std::atomic<bool>& stop,
                   const TrainRunOptions& options) {
  RunFolder run = RunFolder::open_to_write(folder);
  run.check_writable();
  return train(run, stop, options);
}

}  // namespace cmc::runs
