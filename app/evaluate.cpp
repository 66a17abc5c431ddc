#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/left_out.h"
#include "app/processes.h"
#include "app/progress.h"
#include "cmc/device.h"
#include "cmc/files/file_bytes.h"
#include "cmc/recipe/train_keys.h"
#include "cmc/report/summary.h"
#include "cmc/runs/evaluate_run.h"
#include "cmc/runs/shared_plan.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string data;
  std::string checkpoint = runs::judged_checkpoint;
  std::string precision = "fp32";
  JsonOutput json;
  ProcessesOptions processes;
  std::string label;
  std::string layer;
  std::int64_t seeds = 1;
  std::vector<std::int64_t> labels = {100, 600, 6000, 0};
  std::vector<std::string> features = {"learned", "raw", "untrained", "supervised"};
  bool by_names = false;
  evaluation::ZeroShotOptions zero_shot;
};

/// The rows of probes, of retrieval and of zero-shot classification.
nlohmann::json rows_of(const evaluation::Evaluation& evaluation) {
  const nlohmann::json json = evaluation::to_json(evaluation);
  nlohmann::json rows = json["rows"];
  rows.insert(rows.end(), json["retrieval"].begin(), json["retrieval"].end());
  if (evaluation.zero_shot) {
    const nlohmann::json by_names = evaluation::rows_of(*evaluation.zero_shot);
    rows.insert(rows.end(), by_names.begin(), by_names.end());
  }
  return rows;
}

std::optional<evaluation::ZeroShotOptions> zero_shot_of(const Options& options) {
  if (!options.by_names) return std::nullopt;
  evaluation::ZeroShotOptions zero_shot = options.zero_shot;
  if (!zero_shot.names_file.empty()) zero_shot.names = files::read_lines(zero_shot.names_file);
  return zero_shot;
}

void evaluate(const Options& options, distributed::ProcessGroup* group) {
  const bool first = distributed::is_first(group);
  runs::TrainedRun trained = runs::open_trained_run(options.run, {.checkpoint = options.checkpoint,
                                                                  .label = options.label,
                                                                  .data = options.data,
                                                                  .to_write = first});
  runs::check_same_run(group, trained);
  const bool kept = first && can_be_kept(trained.run, "the evaluation");
  if (first) {
    options.json.check_writable();
    for (const std::string& note : trained.notes) StatusLine::print(note);
  }
  Progress progress;
  const evaluation::Evaluation result = runs::evaluate(
      trained, {.features = options.features,
                .layer = options.layer,
                .label_counts = options.labels,
                .seeds = static_cast<int>(options.seeds),
                .zero_shot = zero_shot_of(options),
                .bfloat16 = uses_bfloat16(recipe::value_of(recipe::precisions, options.precision),
                                          trained.device),
                .progress =
                    [&](const std::string& what, double share) {
                      if (first) progress.show(what, share);
                    },
                .group = group});
  if (!first) return;
  progress.clear();
  deliver({[&] { tell_left_out(trained.run, result.unreadable); },
           [&] {
             if (kept) trained.run.save(result);
           },
           [&] {
             if (kept) runs::keep_pictures(trained, result);
           },
           [&] { options.json.write(rows_of(result)); },
           [&] {
             if (!options.json.is_printed()) fmt::print("{}", report::summary(result));
           }});
}

void add_zero_shot(CLI::App& command, Options& options) {
  CLI::Option* const by_names = command.add_flag(
      "--zero-shot", options.by_names,
      "Also find each value's class by the nearest of the classes' names, read as texts");
  evaluation::ZeroShotOptions& zero_shot = options.zero_shot;
  command
      .add_option("--names", zero_shot.names_file,
                  "The classes' names: a file with a line a class in the data's order, or class, "
                  "tab, text, tab, text … (the data's own names unless given)")
      ->check(CLI::ExistingFile)
      ->needs(by_names)
      ->always_capture_default(false);
  command
      .add_option("--template", zero_shot.templates,
                  "What the encoder reads of a name, {} standing for it: \"a picture of a {}\"; "
                  "several are averaged")
      ->needs(by_names)
      ->always_capture_default(false);
  command
      .add_option("--text-view", zero_shot.text_view,
                  "The view that reads the names (the only one of texts unless given)")
      ->needs(by_names)
      ->always_capture_default(false);
  command.add_option("--view", zero_shot.views, "Views whose classes are found (all others)")
      ->needs(by_names)
      ->always_capture_default(false);
}

}  // namespace

void add_evaluate(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "evaluate",
      "Evaluate a run's representation with linear probes, nearest neighbours and retrieval");
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
  command
      ->add_option("--seeds", options->seeds,
                   "Number of seeds; mean and standard deviation are reported")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--labels", options->labels,
                   "Numbers of labels that the probes are fitted with; 0: all")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}));
  command->add_option("--features", options->features, "Which features are evaluated")
      ->delimiter(',')
      ->check(CLI::IsMember({"learned", "raw", "untrained", "supervised"}));
  command
      ->add_option(
          "--layer", options->layer,
          "Evaluate the output of this layer of the encoders in place of the representation")
      ->always_capture_default(false);
  command->add_option("--label", options->label, "Another column of labels of the run's manifest")
      ->always_capture_default(false);
  add_zero_shot(*command, *options);
  options->json.add_option(*command, "the rows, of probes, of retrieval and by names,");
  add_processes(*command, options->processes);
  command->callback([options] {
    shared_by_processes(options->processes, [&](auto* group) { evaluate(*options, group); });
  });
}

}  // namespace cmc::app
