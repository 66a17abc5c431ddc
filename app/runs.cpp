#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "cmc/report/run_list.h"

namespace cmc::app {
namespace {

struct Options {
  std::string folder = "runs";
  JsonOutput json;
};

void list_runs(const Options& options) {
  options.json.check_writable();
  const std::vector<report::RunFigures> runs = report::figures_of(runs::find_runs(options.folder));
  if (!options.json.is_printed()) fmt::print("{}", report::run_list(runs));
  options.json.write(report::to_json(runs));
}

}  // namespace

void add_runs(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "runs", "List the runs in a folder with their state and figures, the newest first");
  command->add_option("folder", options->folder, "The folder that holds them");
  options->json.add_option(*command);
  command->callback([options] { list_runs(*options); });
}

}  // namespace cmc::app
