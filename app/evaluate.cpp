#include "cmc/evaluation/evaluate.h"

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/left_out.h"
#include "app/progress.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/files/atomic_file.h"
#include "cmc/report/kept_pictures.h"
#include "cmc/report/summary.h"
#include "cmc/runs/judged_views.h"
#include "cmc/runs/trained_run.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string data;
  std::string checkpoint = "last";
  std::string precision = "fp32";
  std::string json;
  std::string label;
  std::string layer;
  std::int64_t seeds = 1;
  std::vector<std::int64_t> labels = {100, 600, 6000, 0};
  std::vector<std::string> features = {"learned", "raw", "untrained", "supervised"};
};

/// The file that one of the encoders started from and that is not there any more; empty for none.
std::string lost_weights(const runs::Setup& setup) {
  for (const encoders::EncoderOptions& encoder : setup.encoders)
    if (!encoder.weights.empty() && !std::filesystem::exists(encoder.weights))
      return encoder.weights;
  return "";
}

void evaluate(const Options& options) {
  runs::TrainedRun trained = runs::open_trained_run(
      options.run,
      {.checkpoint = options.checkpoint, .label = options.label, .data = options.data});
  const bool kept = can_be_kept(trained.run, "the evaluation");
  if (!options.json.empty()) files::check_writable(options.json);
  const recipe::Recipe& recipe = trained.recipe();
  const runs::Setup& setup = trained.setup;

  for (const std::string& note : trained.notes) StatusLine::print(note);
  std::uint64_t fresh = 0;
  const evaluation::EncodedViews judged = runs::judged_views(setup, trained.model->encoders);
  evaluation::EvaluateInput input{
      .encoders = judged.encoders,
      .make_fresh =
          [&] {
            return runs::judged_views(setup, runs::make_encoders(recipe, setup, ++fresh)).encoders;
          },
      .train = setup.data.train,
      .test = setup.data.test,
      .evaluation_transform = judged.transform,
      .training_transform = runs::judged_training_views(setup),
      .contrasted = evaluation::EncodedViews{trained.model->encoders, setup.measuring_transform()},
      .steps = trained.steps,
      .batch_size = recipe.train.batch_size,
      .trained_in_bfloat16 = trained.bfloat16};
  const std::string lost = lost_weights(setup);
  if (!lost.empty()) input.make_fresh = nullptr;
  evaluation::EvaluateOptions evaluate_options;
  evaluate_options.features = options.features;
  evaluate_options.layer = options.layer;
  evaluate_options.label_counts = options.labels;
  evaluate_options.seeds = static_cast<int>(options.seeds);
  evaluate_options.seed = static_cast<std::uint64_t>(recipe.seed);
  evaluate_options.device = trained.device;
  evaluate_options.bfloat16 = training::uses_bfloat16(options.precision, trained.device);
  evaluate_options.workers = static_cast<int>(recipe.train.workers);
  Progress progress;
  evaluate_options.progress = [&](const std::string& what, double share) {
    progress.show(what, share);
  };
  evaluation::Evaluation result = evaluation::evaluate(input, evaluate_options);
  result.label = options.label;
  result.checkpoint = options.checkpoint;
  if (!lost.empty())
    result.notes.push_back(
        fmt::format("{}, which the encoders started from, is missing: untrained and supervised "
                    "features are not evaluated.",
                    lost));
  progress.clear();
  const nlohmann::json json = evaluation::to_json(result);
  // The report shows the representation that was learned without labels: what layers in front of it
  // hold, and what labels made of it, stands beside.
  std::string file = "evaluation";
  if (options.checkpoint == "finetuned") file += "-finetuned";
  if (!options.layer.empty()) file += "-" + options.layer;
  file += ".json";
  const auto write = [](const std::filesystem::path& to, const nlohmann::json& what, int indent) {
    files::write_atomically(
        to, what.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  };
  deliver({[&] { tell_left_out(trained.run, result.unreadable); },
           [&] {
             if (kept) write(trained.run.path() / file, json, 1);
           },
           [&] {
             if (!kept || file != "evaluation.json") return;
             report::keep_views(trained.run.path(), setup.data, *setup.evaluate_transform);
             report::keep_neighbours(trained.run.path(), result, setup.data,
                                     *setup.evaluate_transform);
           },
           [&] {
             if (options.json.empty()) return;
             nlohmann::json rows = json["rows"];
             rows.insert(rows.end(), json["retrieval"].begin(), json["retrieval"].end());
             write(options.json, rows, 2);
           },
           [&] { fmt::print("{}", report::summary(json)); }});
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
  command->add_option("--checkpoint", options->checkpoint, "Which weights")
      ->check(CLI::IsMember(runs::checkpoints));
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
  command
      ->add_option("--json", options->json,
                   "Also write the rows, of probes and of retrieval, to this file")
      ->always_capture_default(false);
  command->callback([options] { evaluate(*options); });
}

}  // namespace cmc::app
