#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/left_out.h"
#include "app/progress.h"
#include "cmc/runs/fine_tune_run.h"

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
  trained.run.check_writable();
  options.json.check_writable();
  evaluation::FineTuneOptions tune = options.tune;
  Progress progress;
  tune.progress = [&](const std::string& what, double share) { progress.show(what, share); };
  const evaluation::FineTuneResult result = runs::fine_tune(trained, tune);
  progress.clear();
  const nlohmann::json json = {{"labels", result.labels},
                               {"test_samples", result.test_samples},
                               {"accuracy_before", result.accuracy_before},
                               {"accuracy_after", result.accuracy_after}};
  std::string file;
  deliver({[&] { tell_left_out(trained.run, result.unreadable); },
           [&] { file = runs::keep_fine_tuned(trained).string(); },
           [&] { options.json.write(json); },
           [&] {
             if (options.json.is_printed()) return;
             fmt::print(
                 "{} labels, accuracy in % of {} test samples: {:.1f} linear probe, {:.1f} "
                 "fine-tuned\n{}\n",
                 result.labels, result.test_samples, 100 * result.accuracy_before,
                 100 * result.accuracy_after, file);
           }});
}

}  // namespace

void add_finetune(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "finetune", "Fine-tune a run's encoders with labels and report the gain");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  add_data_place(*command, options->data);
  command->add_option("--labels", options->tune.labels, "Number of labels; 0: all")
      ->check(CLI::Range(0, 1'000'000'000));
  command->add_option("--steps", options->tune.steps, "Optimiser steps")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--batch-size", options->tune.batch_size, "Samples in a batch")
      ->check(CLI::Range(2, 1 << 20));
  command
      ->add_option("--learning-rate", options->tune.learning_rate, "The classifier's learning rate")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--encoder-factor", options->tune.encoder_factor,
                   "The encoders' learning rate, as a factor of the classifier's")
      ->check(CLI::PositiveNumber);
  options->json.add_option(*command);
  command->callback([options] { finetune(*options); });
}

}  // namespace cmc::app
