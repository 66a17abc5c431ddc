#include "cmc/evaluation/evaluate.h"

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/left_out.h"
#include "app/progress.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"
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
  JsonOutput json;
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
  options.json.check_writable();
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
        fmt::format("{}, which the encoders started from, is not there: there is "
                    "no untrained and no supervised line.",
                    lost));
  progress.clear();
  const nlohmann::json json = evaluation::to_json(result);
  // The report shows the representation that was learned without labels: what layers in front of it
  // hold, and what labels made of it, stands beside.
  std::string file = "evaluation";
  if (options.checkpoint == "finetuned") file += "-finetuned";
  if (!options.layer.empty()) file += "-" + options.layer;
  file += ".json";
  deliver({[&] { tell_left_out(trained.run, result.unreadable); },
           [&] {
             if (kept)
               files::write_atomically(trained.run.path() / file, files::json_text(json, 1) + "\n");
           },
           [&] {
             if (!kept || file != "evaluation.json") return;
             report::keep_views(trained.run.path(), setup.data, *setup.evaluate_transform);
             report::keep_neighbours(trained.run.path(), result, setup.data,
                                     *setup.evaluate_transform);
           },
           [&] {
             nlohmann::json rows = json["rows"];
             rows.insert(rows.end(), json["retrieval"].begin(), json["retrieval"].end());
             options.json.write(rows);
           },
           [&] {
             if (!options.json.is_printed()) fmt::print("{}", report::summary(json));
           }});
}

}  // namespace

void add_evaluate(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "evaluate", "Judge a run's representation by linear probes and nearest neighbours");
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
  command
      ->add_option("--seeds", options->seeds,
                   "Repeat with so many seeds; mean and deviation are given")
      ->check(CLI::Range(1, 100));
  command->add_option("--labels", options->labels, "How many labels the probes have; 0: all")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}));
  command->add_option("--features", options->features, "Which features are judged")
      ->delimiter(',')
      ->check(CLI::IsMember({"learned", "raw", "untrained", "supervised"}));
  command
      ->add_option("--layer", options->layer,
                   "Judge the output of this layer of the encoders in place of the representation")
      ->always_capture_default(false);
  command->add_option("--label", options->label, "Another column of labels of the run's manifest")
      ->always_capture_default(false);
  options->json.add_option(*command, "the rows, of probes and of retrieval,");
  command->callback([options] { evaluate(*options); });
}

}  // namespace cmc::app
