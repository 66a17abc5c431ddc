#include "cmc/evaluation/evaluate.h"

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/progress.h"
#include "cmc/data/atomic_file.h"
#include "cmc/error.h"
#include "cmc/parallel.h"
#include "cmc/report/summary.h"
#include "cmc/training/run_folder.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string checkpoint = "last";
  std::string json;
  std::int64_t seeds = 1;
};

}  // namespace

void add_evaluate(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "evaluate", "Judge a run's representation by linear probes and nearest neighbours");
  command->add_option("run", options->run, "The run's folder")->required()->always_capture_default(false);
  command->add_option("--checkpoint", options->checkpoint, "Which weights")
      ->check(CLI::IsMember({"last", "best"}));
  command->add_option("--seeds", options->seeds, "Repeat with so many seeds; mean and deviation are given")
      ->check(CLI::Range(1, 100));
  command->add_option("--json", options->json, "Also write the rows to this file")
      ->always_capture_default(false);
  command->callback([options] { evaluate(*options); });
}

}  // namespace cmc::app
