#include "cmc/exchange/embed.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "app/processes.h"
#include "app/progress.h"
#include "app/signals.h"
#include "cmc/device.h"
#include "cmc/recipe/train_keys.h"
#include "cmc/runs/run_folder.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run, data, input, view, output;
  JsonOutput json;
  ProcessesOptions processes;
  std::string what = "representation";
  std::string part = "all";
  std::string checkpoint = runs::judged_checkpoint;
  std::string precision = "fp32";
  std::int64_t batch_size = 64;
  std::int64_t workers = 0;
  bool force = false;
};

void embed(const Options& options, distributed::ProcessGroup* group) {
  const at::Device device = find_device("auto");
  const exchange::LoadedRun run = exchange::load(
      options.run, {.checkpoint = options.checkpoint, .device = device, .data = options.data});
  const std::size_t view = run.view(options.view);
  const auto samples =
      exchange::samples_for(run, {&view, 1}, options.input, exchange::part(options.part));
  const bool first = distributed::is_first(group);
  if (const auto unknown = exchange::unknown_classes(run, *samples); first && !unknown.empty())
    StatusLine::print(
        fmt::format("classes that the run's data lacks: {}", fmt::join(unknown, ", ")));
  if (first) options.json.check_writable();
  Progress progress;
  Rate rate;
  const exchange::EncodeSummary summary = exchange::embed(
      run, view, samples, options.output,
      {.output = exchange::output(options.what),
       .batch_size = options.batch_size,
       .workers = static_cast<int>(options.workers),
       .bfloat16 = uses_bfloat16(recipe::value_of(recipe::precisions, options.precision), device),
       .progress =
           [&](std::int64_t done, std::int64_t all) {
             if (first)
               progress.show("embedding", static_cast<double>(done) / static_cast<double>(all),
                             rate.line(done, all));
           },
       .stop = &stop_requested(),
       .group = group},
      options.force);
  if (!first) return;
  progress.clear();
  for (const auto& sample : summary.unreadable)
    spdlog::warn("left out: {}: {}", sample.name, sample.reason);
  if (!summary.finished) {
    StatusLine::print(
        fmt::format("stopped after {} rows; run the same command to resume", summary.rows));
    if (group != nullptr) group->barrier();
    if (stop_requested()) end_as_requested();
    return;  // another process was asked to stop
  }
  const nlohmann::json result = {{"output", options.output},
                                 {"rows", summary.rows},
                                 {"columns", run.dimension(view, exchange::output(options.what))},
                                 {"taken_up", summary.taken_up},
                                 {"left_out", samples->size() - summary.rows},
                                 {"seconds", summary.seconds},
                                 {"waited_seconds", summary.seconds_waited},
                                 {"rows_per_second", summary.rows_per_second()}};
  options.json.write(result);
  if (options.json.is_printed()) return;
  const std::int64_t left_out = samples->size() - summary.rows;
  fmt::print(
      "{}: {} rows of {} numbers{}; {:.1f} samples/s ({:.1f} s, {:.1f} s of it for reading)\n",
      options.output, summary.rows, result["columns"].get<std::int64_t>(),
      left_out == 0
          ? ""
          : fmt::format(" ({} samples left out: they lack the view or can't be read)", left_out),
      summary.rows_per_second(), summary.seconds, summary.seconds_waited);
}

}  // namespace

void add_embed(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "embed", "Write a run's representations or embeddings of a data set's samples");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  CLI::Option* const data = add_data_place(*command, options->data);
  command
      ->add_option(
          "--input", options->input,
          "A folder of pictures in any known format, a manifest with the recipe's columns, "
          "or a pattern of files (the run's own data unless given)")
      ->excludes(data)
      ->always_capture_default(false);
  command->add_option("--part", options->part, "Which samples")
      ->check(CLI::IsMember({"all", "train", "test"}));
  command->add_option("--view", options->view, "The view whose encoder is used")
      ->required()
      ->always_capture_default(false);
  command
      ->add_option("--output", options->output,
                   "The file: .npy, .csv or .safetensors; the samples' names stand beside it")
      ->required()
      ->always_capture_default(false);
  command->add_option("--what", options->what, "The output that is written")
      ->check(CLI::IsMember({"representation", "embedding"}));
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "Which weights; judged: best where the run learned by heart, else last")
      ->check(CLI::IsMember(runs::checkpoint_choices));
  command
      ->add_option("--precision", options->precision,
                   "Precision of the encoder; auto: bf16 where fast")
      ->check(CLI::IsMember({"fp32", "bf16", "auto"}));
  command->add_option("--batch-size", options->batch_size, "Samples at a time")
      ->check(CLI::Range(1, 65536));
  command->add_option("--workers", options->workers, "Threads that read; 0: one a core")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--force", options->force, "Replace a file that exists");
  options->json.add_option(*command);
  add_processes(*command, options->processes);
  command->callback([options] {
    shared_by_processes(options->processes,
                        [&](distributed::ProcessGroup* group) { embed(*options, group); });
  });
}

}  // namespace cmc::app
