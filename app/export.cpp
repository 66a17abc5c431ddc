#include "cmc/exchange/export.h"

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "app/run_lock.h"
#include "cmc/error.h"
#include "cmc/runs/run_folder.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run, view, format, output;
  JsonOutput json;
  std::string what = "representation";
  std::string checkpoint = runs::judged_checkpoint;
  bool force = false;
};

void export_encoder(const Options& options) {
  const exchange::LoadedRun run = exchange::load(options.run, {.checkpoint = options.checkpoint});
  const std::size_t view = run.view(options.view);
  const exchange::ExportFormat format = exchange::export_format(options.format);
  const std::filesystem::path output =
      options.output.empty()
          ? run.path / fmt::format("{}{}", options.view, exchange::ending(format))
          : std::filesystem::path(options.output);
  options.json.check_writable();
  const auto lock = lock_where_inside(options.run, output);
  const auto metadata = exchange::export_encoder(run, view, exchange::output(options.what), format,
                                                 output, options.force);
  options.json.write(metadata);
  if (options.json.is_printed()) return;
  fmt::print("{}\n  feed: {}\n  gives: {}, {}\n", output.string(), metadata.at("input"),
             metadata.at("output"), metadata.at("output_shape"));
}

}  // namespace

void add_export(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "export", "Write a view's encoder as safetensors, TorchScript or ONNX");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  command->add_option("--view", options->view, "The view")
      ->required()
      ->always_capture_default(false);
  command->add_option("--format", options->format, "What is written")
      ->required()
      ->check(CLI::IsMember({"safetensors", "torchscript", "onnx"}))
      ->always_capture_default(false);
  command
      ->add_option("--what", options->what,
                   "The output: the representation, or the embedding (after the head, unit length)")
      ->check(CLI::IsMember({"representation", "embedding"}));
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "Which weights; judged: best where the run learned by heart, else last")
      ->check(CLI::IsMember(runs::checkpoint_choices));
  command->add_option("--output", options->output, "The file (RUN/VIEW.ENDING unless given)")
      ->always_capture_default(false);
  command->add_flag("--force", options->force, "Replace a file that exists");
  options->json.add_option(*command, "the metadata");
  command->callback([options] { export_encoder(*options); });
}

}  // namespace cmc::app
