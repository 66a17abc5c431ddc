#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/left_out.h"
#include "app/progress.h"
#include "cmc/error.h"
#include "cmc/evaluation/fine_tune.h"
#include "cmc/runs/trained_run.h"
#include "cmc/training/checkpoint.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string data;
  JsonOutput json;
  evaluation::FineTuneOptions tune;
};

void finetune(const Options& options) {
  runs::TrainedRun trained = runs::open_trained_run(options.run, {.data = options.data});
  for (const std::string& note : trained.notes) StatusLine::print(note);
  runs::RunFolder& run = trained.run;
  check(run.unwritable().empty(), "{}: can't be written: {}", options.run, run.unwritable());
  options.json.check_writable();
  const recipe::Recipe& recipe = run.recipe();
  const runs::Setup& setup = trained.setup;
  training::Model& model = trained.model;
  evaluation::FineTuneOptions tune = options.tune;
  tune.seed = static_cast<std::uint64_t>(recipe.seed);
  tune.device = trained.device;
  tune.bfloat16 = trained.bfloat16;
  tune.workers = static_cast<int>(recipe.train.workers);
  Progress progress;
  tune.progress = [&](const std::string& what, double share) { progress.show(what, share); };
  const evaluation::FineTuneResult result =
      evaluation::fine_tune(model->encoders, setup.data.train, setup.data.test,
                            setup.train_transform, setup.evaluate_transform, tune);
  progress.clear();
  training::Checkpoint checkpoint;
  checkpoint.model = model->state();
  checkpoint.generator = at::globalContext().defaultGenerator(at::kCPU).get_state();
  checkpoint.step = trained.steps;
  const nlohmann::json json = {{"labels", result.labels},
                               {"test_samples", result.test_samples},
                               {"accuracy_before", result.accuracy_before},
                               {"accuracy_after", result.accuracy_after}};
  const std::filesystem::path file = run.path() / "checkpoint-finetuned.safetensors";
  deliver({[&] { tell_left_out(run, result.unreadable); },
           [&] { training::save_checkpoint(file, checkpoint); }, [&] { options.json.write(json); },
           [&] {
             if (options.json.is_printed()) return;
             fmt::print(
                 "{} labels, % of {} test samples told right: {:.1f} before, {:.1f} tuned\n{}\n",
                 result.labels, result.test_samples, 100 * result.accuracy_before,
                 100 * result.accuracy_after, file.string());
           }});
}

}  // namespace

void add_finetune(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "finetune", "Go on training a run's encoders with labels, and tell what that gained");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  add_data_place(*command, options->data);
  command->add_option("--labels", options->tune.labels, "How many labels; 0: all")
      ->check(CLI::Range(0, 1'000'000'000));
  command->add_option("--steps", options->tune.steps, "Optimiser steps")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--batch-size", options->tune.batch_size, "Samples of a batch")
      ->check(CLI::Range(2, 1 << 20));
  command->add_option("--learning-rate", options->tune.learning_rate, "Of the classifier")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--encoder-factor", options->tune.encoder_factor,
                   "The encoders' learning rate over the classifier's")
      ->check(CLI::PositiveNumber);
  options->json.add_option(*command);
  command->callback([options] { finetune(*options); });
}

}  // namespace cmc::app
