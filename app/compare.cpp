#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "cmc/files/atomic_file.h"
#include "cmc/report/comparison.h"

namespace cmc::app {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string html;
  JsonOutput json;
};

void compare(const Options& options) {
  options.json.check_writable();
  if (!options.html.empty()) files::check_writable(options.html);
  const report::Comparison comparison = report::compare({options.runs.begin(), options.runs.end()});
  deliver({[&] {
             if (!options.json.is_printed()) fmt::print("{}", report::to_text(comparison));
           },
           [&] { options.json.write(report::to_json(comparison)); },
           [&] {
             if (!options.html.empty())
               files::write_atomically(options.html, report::comparison_page(comparison));
           }});
}

}  // namespace

void add_compare(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "compare", "Compare runs: in what their recipes differ, and what came of each");
  command->add_option("run", options->runs, "The runs' folders, two or more")
      ->required()
      ->always_capture_default(false);
  options->json.add_option(*command, "both tables");
  command
      ->add_option("--html", options->html, "Also write a page with the curves of all to this file")
      ->type_name("FILE")
      ->always_capture_default(false);
  command->callback([options] { compare(*options); });
}

}  // namespace cmc::app
