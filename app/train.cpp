#include <ATen/Parallel.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/left_out.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "app/signals.h"
#include "cmc/error.h"
#include "cmc/recipe/clamped_options.h"
#include "cmc/report/figures.h"
#include "cmc/report/kept_pictures.h"
#include "cmc/report/training_events.h"
#include "cmc/runs/environment.h"
#include "cmc/runs/metrics_log.h"
#include "cmc/runs/recipe_paths.h"
#include "cmc/runs/trained_run.h"
#include "cmc/training/trainer.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::string resume;
  std::string output;
  std::string data;
  std::vector<std::string> set;
};

std::vector<std::string> command_line(const Options& options) {
  std::vector<std::string> words = {"cmc", "train"};
  if (options.resume.empty()) words.push_back(options.recipe);
  for (const std::string& text : options.set) words.insert(words.end(), {"--set", text});
  if (!options.data.empty()) words.insert(words.end(), {"--data", options.data});
  if (!options.output.empty()) words.insert(words.end(), {"--output", options.output});
  return words;
}

runs::RunFolder open_run(const Options& options) {
  if (!options.resume.empty()) {
    runs::RunFolder run = runs::RunFolder::open_to_write(options.resume);
    check(run.unwritable().empty(), "{}: can't be written: {}", options.resume, run.unwritable());
    return run;
  }
  if (options.recipe.empty())
    throw UsageError("`cmc train` needs a recipe, or --resume RUN (see `cmc train --help`)");
  recipe::Recipe recipe = recipe::read_recipe(find_recipe(options.recipe), options.set);
  if (!options.data.empty()) runs::take_data(recipe, options.data);
  runs::find_beside(recipe, find_recipe(options.recipe));
  return runs::RunFolder::create(options.output.empty() ? "runs/" + recipe.name : options.output,
                                 recipe, command_line(options));
}

std::int64_t parameters(const training::Model& model) {
  std::int64_t count = 0;
  for (const at::Tensor& parameter : model->parameters())
    if (parameter.requires_grad()) count += parameter.numel();
  return count;
}

void describe(const runs::RunFolder& run, const runs::Setup& setup, const training::Model& model,
              at::Device device, bool bfloat16) {
  std::string views;
  for (const data::ViewShape& view : setup.train_transform->views())
    views += fmt::format("{}{} {}×{}×{}", views.empty() ? "" : ", ", view.name, view.channels,
                         view.height, view.width);
  StatusLine::print(fmt::format("{}: {} samples to train, {} held out; {}; views {}",
                                run.path().string(), setup.data.train->size(),
                                setup.data.test->size(),
                                data::class_list(setup.data.train->classes()), views));
  for (const std::string& note : setup.data.notes) StatusLine::print(note);
  for (const std::string& line : recipe::adjustments(run.recipe(), setup.data.train->size()))
    StatusLine::print(line);
  StatusLine::print(fmt::format("{:.2f} million parameters, {} on {}, {} threads",
                                static_cast<double>(parameters(model)) / 1e6,
                                bfloat16 ? "bfloat16" : "float32", device.str(),
                                at::get_num_threads()));
  const auto bank = contrast::negatives_bytes(model->objective->options().negatives,
                                              static_cast<std::int64_t>(model->encoders.size()));
  if (bank > 0)
    StatusLine::print(
        fmt::format("the negatives take {:.1f} MiB (views × vectors × dimension × bytes)",
                    static_cast<double>(bank) / (1 << 20)));
}

void train(runs::RunFolder& run, const Options& options) {
  if (run.info().value("finished", false)) {
    StatusLine::print(fmt::format("{} is finished: {} steps", run.path().string(),
                                  run.info().value("steps", std::int64_t{0})));
    return;
  }
  const recipe::Recipe recipe = options.resume.empty() ? run.recipe() : run.with_data(options.data);
  const runs::Setup setup = runs::set_up(recipe, run.path());
  if (const std::string other = runs::difference(run, setup.data); !other.empty())
    fail("{}: {}; --data PATH says where the run's own is", run.path().string(), other);
  if (!options.resume.empty() && !options.data.empty()) run.move_data(options.data);
  const bool resumed = !options.resume.empty() &&
                       std::filesystem::exists(run.path() / "checkpoint-last.safetensors");
  std::vector<std::string> loaded;
  training::Model model =
      runs::make_model(recipe, resumed ? setup.without_weights() : setup, &loaded);
  const at::Device device = training::training_device(recipe.train.device);
  const bool bfloat16 = training::uses_bfloat16(recipe.train.precision, device);
  training::Trainer trainer(
      model, setup.training_data(recipe.train, static_cast<std::uint64_t>(recipe.seed)),
      recipe.train, static_cast<std::uint64_t>(recipe.seed), run.path());
  describe(run, setup, model, device, bfloat16);
  run.record({{"device", device.str()},
              {"precision", bfloat16 ? "bf16" : "fp32"},
              {"parameters", parameters(model)},
              {"train_samples", setup.data.train->size()},
              {"test_samples", setup.data.test->size()},
              {"classes", setup.data.train->classes()}});
  for (const std::string& line : loaded) StatusLine::print(line);
  if (resumed) {
    trainer.resume();
    StatusLine::print(fmt::format("goes on after step {} of {}", trainer.step(), trainer.steps()));
  }

  report::keep_views(run.path(), setup.data, *setup.evaluate_transform);
  const auto log = std::make_shared<runs::MetricsLog>(run.path() / "metrics.jsonl", trainer.step());
  trainer.add(log);
  trainer.add(std::make_shared<report::TrainingEvents>(run.path(), trainer.step()));
  trainer.add(std::make_shared<TrainingProgress>());
  const bool finished = trainer.run(stop_requested());

  auto unreadable = trainer.unreadable();
  for (const auto& part : {setup.data.train, setup.data.test})
    for (const auto& sample : part->unreadable()) unreadable.push_back(sample);
  tell_left_out(run, unreadable);
  run.record({{"finished", finished}, {"steps", trainer.step()}, {"seconds", log->seconds()}});
  if (!finished) {
    StatusLine::print(fmt::format("stopped after step {} of {}; go on with: cmc train --resume {}",
                                  trainer.step(), trainer.steps(), run.path().string()));
    end_as_requested();
  }
  StatusLine::print(fmt::format("trained in {}; next: cmc evaluate {}",
                                report::duration(log->seconds()), run.path().string()));
}

void train(const Options& options) {
  runs::RunFolder run = open_run(options);
  try {
    train(run, options);
  } catch (...) {
    std::error_code gone;
    if (std::filesystem::exists(run.path() / "checkpoint-last.safetensors", gone))
      StatusLine::print(fmt::format(
          "its last checkpoint is kept; go on with: cmc train --resume {}", run.path().string()));
    // What never came to its first checkpoint would only stand in the way of the next try.
    if (options.resume.empty()) run.discard();
    throw;
  }
}

}  // namespace

void add_train(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("train", "Train encoders by contrasting the views of a recipe");
  CLI::Option* recipe = command->add_option("recipe", options->recipe,
                                            "A recipe's file, or the name of one that ships");
  CLI::Option* overrides = add_overrides(*command, options->set);
  CLI::Option* output =
      command->add_option("--output", options->output, "The run's folder (runs/NAME unless given)")
          ->always_capture_default(false);
  add_data_place(*command, options->data)
      ->description(
          "Where the data is, in place of the recipe's data.root or data.manifest; with "
          "--resume, where it is from now on");
  command->add_option("--resume", options->resume, "Go on with the run in this folder, bit for bit")
      ->always_capture_default(false)
      ->excludes(recipe)
      ->excludes(overrides)
      ->excludes(output);
  command->callback([options] { train(*options); });
}

}  // namespace cmc::app
