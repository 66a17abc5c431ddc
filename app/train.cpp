#include <ATen/Parallel.h>

#include <cstdlib>
#include <optional>

#include "app/commands.h"
#include "app/left_out.h"
#include "app/processes.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "app/signals.h"
#include "cmc/advice/doctor/training_watch.h"
#include "cmc/error.h"
#include "cmc/recipe/clamped_options.h"
#include "cmc/report/figures.h"
#include "cmc/report/training_events.h"
#include "cmc/runs/positives.h"
#include "cmc/runs/recipe_paths.h"
#include "cmc/runs/train.h"
#include "cmc/with_commas.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::string resume;
  std::string output;
  std::string data;
  std::vector<std::string> set;
  ProcessesOptions processes;
};

std::vector<std::string> command_line(const Options& options) {
  std::vector<std::string> words = {"cmc", "train"};
  if (options.resume.empty()) words.push_back(options.recipe);
  for (const std::string& text : options.set) words.insert(words.end(), {"--set", text});
  if (!options.data.empty()) words.insert(words.end(), {"--data", options.data});
  if (!options.output.empty()) words.insert(words.end(), {"--output", options.output});
  return words;
}

recipe::Recipe called_recipe(const Options& options) {
  if (options.recipe.empty())
    throw UsageError("`cmc train` needs a recipe, or --resume RUN (see `cmc train --help`)");
  recipe::Recipe recipe = recipe::read_recipe(find_recipe(options.recipe), options.set);
  if (!options.data.empty()) runs::take_data(recipe, options.data);
  runs::find_beside(recipe, find_recipe(options.recipe));
  return recipe;
}

runs::RunFolder open_run(const Options& options) {
  if (!options.resume.empty()) {
    runs::RunFolder run = runs::RunFolder::open_to_write(options.resume);
    run.check_writable();
    return run;
  }
  const recipe::Recipe recipe = called_recipe(options);
  return runs::RunFolder::create(options.output.empty() ? "runs/" + recipe.name : options.output,
                                 recipe, command_line(options));
}

/// "1,000 steps, 1,000 epochs of 160 samples".
std::string budget_text(const training::Budget& budget, std::int64_t samples) {
  return fmt::format(
      "{} steps, {:.4g} epochs of {} samples in batches of {}{}", with_commas(budget.steps),
      budget.epochs(), with_commas(samples), with_commas(budget.batch_size),
      budget.chosen ? fmt::format(": train.epochs is not given; at least {} steps are made",
                                  with_commas(training::least_steps))
                    : "");
}

void describe(const runs::TrainingStart& start) {
  const data::Splits& data = start.setup.data;
  std::string views;
  for (const data::ViewShape& view : start.setup.train_transform->views())
    views += fmt::format("{}{} {}×{}×{}", views.empty() ? "" : ", ", view.name, view.channels,
                         view.height, view.width);
  StatusLine::print(fmt::format("{}: {} samples to train, {} held out; {}; views {}",
                                start.run.path().string(), data.train->size(), data.test->size(),
                                data::class_list(data.train->classes()), views));
  for (const std::string& note : data.notes) StatusLine::print(note);
  for (const std::string& line : recipe::adjustments(start.run.recipe(), data.train->size()))
    StatusLine::print(line);
  StatusLine::print(fmt::format("{:.2f} million parameters, {} on {}, {} threads",
                                static_cast<double>(start.parameters) / 1e6,
                                start.bfloat16 ? "bfloat16" : "float32", start.device.str(),
                                at::get_num_threads()));
  const auto bank =
      contrast::negatives_bytes(start.model->objective->options().negatives,
                                static_cast<std::int64_t>(start.model->encoders.size()));
  if (bank > 0)
    StatusLine::print(
        fmt::format("the negatives take {:.1f} MiB (views × vectors × dimension × bytes)",
                    static_cast<double>(bank) / (1 << 20)));
  const std::string positives =
      runs::positives_line(start.model->objective->options().positives, start.run.recipe());
  if (!positives.empty()) StatusLine::print(positives);
  const std::string hard_negatives = runs::hard_negatives_line(
      start.setup.hard_negatives,
      start.setup.batches_bring_hard_negatives ? start.run.recipe().train.batch_size : 0);
  if (!hard_negatives.empty()) StatusLine::print(hard_negatives);
  for (const std::string& line : start.pretrained) StatusLine::print(line);
  if (!start.no_probe.empty()) StatusLine::print(start.no_probe);
  StatusLine::print(budget_text(start.budget, data.train->size()));
  if (start.resumed)
    StatusLine::print(fmt::format("resumes after step {} of {}", start.step, start.steps));
}

void tell(const advice::Finding& finding) {
  StatusLine::print(
      fmt::format("{}: {} {}", name(finding.trouble), finding.sentence, finding.advice));
}

runs::TrainResult train(runs::RunFolder& run, const std::string& data,
                        distributed::ProcessGroup* group) try {
  const auto watch = std::make_shared<advice::TrainingWatch>(tell);
  const auto started = [&](const runs::TrainingStart& start) {
    describe(start);
    watch->begin(advice::run_figures(start.run, start.step));
  };
  return runs::train(run, stop_requested(),
                     {.group = group,
                      .data = data,
                      .started = started,
                      .observers = {std::make_shared<report::TrainingEvents>(run.path()),
                                    std::make_shared<TrainingProgress>(), watch}});
} catch (...) {
  if (run.has_checkpoint("last"))
    StatusLine::print(fmt::format("its last checkpoint is kept; resume with: cmc train --resume {}",
                                  run.path().string()));
  throw;
}

/// As every process but rank 0: silent.
void train_along(const Options& options, distributed::ProcessGroup& group) {
  std::optional<recipe::Recipe> own;
  if (options.resume.empty()) own = called_recipe(options);
  runs::train_along(own, options.data, group, stop_requested());
}

void train(const Options& options, distributed::ProcessGroup* group) {
  if (group != nullptr && group->rank() > 0) return train_along(options, *group);
  runs::RunFolder run = open_run(options);
  const std::string folder = run.path().string();
  if (group != nullptr)
    StatusLine::print(fmt::format("{} processes, {} of them on this machine", group->size(),
                                  group->local_size()));
  const runs::TrainResult result = train(run, options.data, group);
  if (result.finished_before) {
    StatusLine::print(fmt::format("{} is finished: {} steps", folder, result.steps));
    return;
  }
  warn_of_left_out(result.unreadable);
  if (!result.finished) {
    StatusLine::print(fmt::format("stopped after step {} of {}; resume with: cmc train --resume {}",
                                  result.step, result.steps, folder));
    if (group != nullptr) group->barrier();
    if (stop_requested()) end_as_requested();
    return;  // another process was asked to stop
  }
  StatusLine::print(fmt::format("trained in {}; next: cmc evaluate {}, cmc doctor {}",
                                report::duration(result.seconds), folder, folder));
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
          "Where the data is, in place of the recipe's data.root or data.manifest; with --resume, "
          "from now on");
  command->add_option("--resume", options->resume, "Resume the run in this folder, bit for bit")
      ->always_capture_default(false)
      ->excludes(recipe)
      ->excludes(overrides)
      ->excludes(output);
  add_processes(*command, options->processes);
  command->callback([options] {
    shared_by_processes(options->processes,
                        [&](distributed::ProcessGroup* group) { train(*options, group); });
  });
}

}  // namespace cmc::app
