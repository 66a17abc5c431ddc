#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/shipped_recipes.h"
#include "benchmarks/contrast.h"
#include "benchmarks/embed.h"
#include "benchmarks/loader.h"
#include "benchmarks/manifest.h"
#include "benchmarks/search.h"
#include "benchmarks/train.h"
#include "benchmarks/waiting.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"

namespace cmc::app {
namespace {

const std::map<std::string, std::function<nlohmann::json()>> benchmarks = {
    {"loader", [] { return benchmarks::run_loader_benchmark(); }},
    {"contrast", [] { return benchmarks::contrast(); }},
    {"embed", [] { return benchmarks::embed(); }},
    {"manifest", [] { return benchmarks::manifest(); }},
    {"search", [] { return benchmarks::search(); }},
    {"train",
     [] {
       nlohmann::json rows = benchmarks::train();
       rows.push_back(benchmarks::waiting(recipe::read_recipe(find_recipe("fashion-mnist"))));
       return rows;
     }},
};

struct Options {
  std::string name;
  std::string json;
};

void bench(const Options& options) {
  const auto found = benchmarks.find(options.name);
  if (found == benchmarks.end()) {
    std::vector<std::string> names;
    for (const auto& [name, run] : benchmarks) names.push_back(name);
    throw UsageError(
        fmt::format("there is no benchmark \"{}\"; there are {}; the nearest is \"{}\"",
                    options.name, fmt::join(names, ", "), nearest_name(options.name, names)));
  }
  if (!options.json.empty()) files::check_writable(options.json);
  const nlohmann::json rows = found->second();
  if (!options.json.empty()) files::write_atomically(options.json, rows.dump(2) + "\n");
}

}  // namespace

void add_bench(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("bench",
                             "Measure on this machine: contrast (the kernels), embed, loader, "
                             "manifest (ten million rows), "
                             "search, train (a training step, and its wait for data)");
  command->add_option("name", options->name, "contrast, embed, loader, manifest, search or train")
      ->required()
      ->always_capture_default(false);
  command->add_option("--json", options->json, "Also write the rows to this file")
      ->always_capture_default(false);
  command->callback([options] { bench(*options); });
}

}  // namespace cmc::app
