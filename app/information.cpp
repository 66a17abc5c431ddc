#include "cmc/evaluation/information.h"

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/left_out.h"
#include "app/progress.h"
#include "cmc/files/atomic_file.h"
#include "cmc/report/information_summary.h"
#include "cmc/report/metrics.h"
#include "cmc/runs/judged_views.h"
#include "cmc/runs/trained_run.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string data;
  std::string checkpoint = "last";
  std::string precision = "fp32";
  std::int64_t samples = 10000;
  std::int64_t k = 0;
  std::int64_t labels = 10000;
  JsonOutput json;
};

std::optional<evaluation::TrainingEstimate> training_estimate(const report::Metrics& metrics,
                                                              std::int64_t samples) {
  const auto last = report::last_training(metrics);
  if (!last) return std::nullopt;
  return evaluation::TrainingEstimate{last->k, last->training_estimate, last->ceiling, samples - 1};
}

void information(const Options& options) {
  runs::TrainedRun trained =
      runs::open_trained_run(options.run, {.checkpoint = options.checkpoint, .data = options.data});
  const bool kept = can_be_kept(trained.run, "the measurement");
  options.json.check_writable();
  for (const std::string& note : trained.notes) StatusLine::print(note);
  const recipe::Recipe& recipe = trained.recipe();
  const evaluation::InformationInput input{
      .encoders = trained.model->encoders,
      .train = trained.setup.data.train,
      .held_out = trained.setup.data.test,
      .transform = trained.setup.measuring_transform(),
      .judged = runs::judged_views(trained.setup, trained.model->encoders),
      .temperature = trained.model->temperature(),
      .training = training_estimate(report::read_metrics(trained.run.path() / "metrics.jsonl"),
                                    trained.setup.data.train->size())};
  Progress progress;
  const evaluation::InformationMeasurement measurement = evaluation::measure_information(
      input,
      {.samples = options.samples,
       .largest_k = options.k,
       .probe_labels = options.labels,
       .seed = static_cast<std::uint64_t>(recipe.seed),
       .batch_size = recipe.train.batch_size,
       .device = trained.device,
       .bfloat16 = training::uses_bfloat16(options.precision, trained.device),
       .workers = static_cast<int>(recipe.train.workers),
       .progress = [&](const std::string& what, double share) { progress.show(what, share); }});
  progress.clear();
  const nlohmann::json json = evaluation::to_json(measurement);
  deliver({[&] { tell_left_out(trained.run, measurement.unreadable); },
           [&] {
             if (kept)
               files::write_atomically(trained.run.path() / "information.json",
                                       json.dump(1) + "\n");
           },
           [&] { options.json.write(json); },
           [&] {
             if (!options.json.is_printed()) fmt::print("{}", report::information_summary(json));
           }});
}

}  // namespace

void add_information(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "information", "Measure how much a run's views share on held-out samples, in bits");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  add_data_place(*command, options->data);
  command
      ->add_option("--precision", options->precision,
                   "Of the judged encoders; auto: bf16 where fast")
      ->check(CLI::IsMember({"fp32", "bf16", "auto"}));
  command->add_option("--checkpoint", options->checkpoint, "Which weights")
      ->check(CLI::IsMember(runs::checkpoints));
  command->add_option("--samples", options->samples, "At most so many held-out samples")
      ->check(CLI::Range(std::int64_t{3}, std::int64_t{1000000}));
  command->add_option("--k", options->k, "The largest number of negatives; 0: all other samples")
      ->check(CLI::Range(0, 1'000'000'000));
  command
      ->add_option("--labels", options->labels,
                   "At most so many labels fit the probes that tell I(z; y)")
      ->check(CLI::Range(1, 1'000'000'000));
  options->json.add_option(*command);
  command->callback([options] { information(*options); });
}

}  // namespace cmc::app
