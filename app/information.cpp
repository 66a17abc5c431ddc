#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/left_out.h"
#include "app/processes.h"
#include "app/progress.h"
#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/recipe/train_keys.h"
#include "cmc/report/information_summary.h"
#include "cmc/report/shared_matrix.h"
#include "cmc/runs/measure_run.h"
#include "cmc/runs/shared_plan.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string data;
  std::string checkpoint = runs::judged_checkpoint;
  std::string precision = "fp32";
  std::int64_t samples = 10000;
  std::int64_t k = 0;
  std::int64_t labels = 10000;
  std::string figure, tree;
  JsonOutput json;
  ProcessesOptions processes;
};

/// Writes the pictures that were asked for.
void draw(const Options& options, const evaluation::InformationMeasurement& measurement) {
  if (options.figure.empty() && options.tree.empty()) return;
  const auto matrix = report::shared_matrix(measurement);
  check(matrix.has_value(),
        "{}: --figure and --tree need bounds between {} views or more; the table has the others'",
        options.run, report::least_matrix_views);
  if (!options.figure.empty())
    files::write_atomically(options.figure, report::heat_map_svg(*matrix));
  if (!options.tree.empty()) files::write_atomically(options.tree, report::tree_svg(*matrix));
}

void information(const Options& options, distributed::ProcessGroup* group) {
  const bool first = distributed::is_first(group);
  runs::TrainedRun trained = runs::open_trained_run(
      options.run, {.checkpoint = options.checkpoint, .data = options.data, .to_write = first});
  runs::check_same_run(group, trained);
  const bool kept = first && can_be_kept(trained.run, "the measurement");
  if (first) {
    options.json.check_writable();
    for (const std::string& file : {options.figure, options.tree})
      if (!file.empty()) files::check_writable(file);
    for (const std::string& note : trained.notes) StatusLine::print(note);
  }
  Progress progress;
  const evaluation::InformationMeasurement measurement = runs::measure_information(
      trained, {.samples = options.samples,
                .largest_k = options.k,
                .probe_labels = options.labels,
                .bfloat16 = uses_bfloat16(recipe::value_of(recipe::precisions, options.precision),
                                          trained.device),
                .progress =
                    [&](const std::string& what, double share) {
                      if (first) progress.show(what, share);
                    },
                .group = group});
  if (!first) return;
  progress.clear();
  deliver({[&] { tell_left_out(trained.run, measurement.unreadable); },
           [&] {
             if (kept) trained.run.save(measurement);
           },
           [&] { options.json.write(evaluation::to_json(measurement)); },
           [&] {
             if (!options.json.is_printed())
               fmt::print("{}", report::information_summary(measurement));
           },
           [&] { draw(options, measurement); }});
}

}  // namespace

void add_information(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "information",
      "Measure the information that a run's views share, on held-out samples, in bits");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  add_data_place(*command, options->data);
  command
      ->add_option("--precision", options->precision,
                   "Precision of the encoders; auto: bf16 where fast")
      ->check(CLI::IsMember({"fp32", "bf16", "auto"}));
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "Which weights; judged: best where the run learned by heart, else last")
      ->check(CLI::IsMember(runs::checkpoint_choices));
  command->add_option("--samples", options->samples, "Number of held-out samples, at most")
      ->check(CLI::Range(std::int64_t{3}, std::int64_t{1000000}));
  command->add_option("--k", options->k, "The largest number of negatives; 0: all other samples")
      ->check(CLI::Range(0, 1'000'000'000));
  command
      ->add_option("--labels", options->labels,
                   "Number of labels that the probes for I(z; y) are fitted with, at most")
      ->check(CLI::Range(1, 1'000'000'000));
  command
      ->add_option("--figure", options->figure,
                   "Also draw the bounds of all pairs of views to this file (SVG)")
      ->always_capture_default(false);
  command
      ->add_option("--tree", options->tree,
                   "Also draw the tree of the views by what they share to this file (SVG)")
      ->always_capture_default(false);
  options->json.add_option(*command);
  add_processes(*command, options->processes);
  command->callback([options] {
    shared_by_processes(options->processes, [&](auto* group) { information(*options, group); });
  });
}

}  // namespace cmc::app
