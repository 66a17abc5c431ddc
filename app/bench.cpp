#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "app/signals.h"
#include "benchmarks/contention.h"
#include "benchmarks/contrast.h"
#include "benchmarks/distributed.h"
#include "benchmarks/embed.h"
#include "benchmarks/learn.h"
#include "benchmarks/loader.h"
#include "benchmarks/manifest.h"
#include "benchmarks/overlap.h"
#include "benchmarks/processes.h"
#include "benchmarks/search.h"
#include "benchmarks/shared_features.h"
#include "benchmarks/train.h"
#include "benchmarks/waiting.h"
#include "cmc/error.h"

namespace cmc::app {
namespace {

struct Options {
  std::string name;
  std::string figure;
  std::vector<std::string> recipes = {"cifar10-lab", "cifar10-simclr", "cifar10-both"};
  std::string data;
  std::string output = benchmarks::LearnOptions{}.output.string();
  benchmarks::LearnOptions learn = {};
  JsonOutput json;
};

nlohmann::json learn(const Options& options) {
  std::vector<recipe::Recipe> recipes;
  for (const std::string& recipe : options.recipes)
    recipes.push_back(recipe::read_recipe(find_recipe(recipe)));
  benchmarks::LearnOptions learning = options.learn;
  learning.data = options.data;
  learning.output = options.output;
  learning.progress = [](const std::string& what) {
    if (!what.empty() || StatusLine::on_terminal()) StatusLine::show(what);
  };
  learning.observer = [] { return std::make_shared<TrainingProgress>(); };
  say_when_ended("stopped; run the same command to resume\n");
  return benchmarks::learn(recipes, learning);
}

using Benchmark = std::function<nlohmann::json(const Options&)>;

const std::map<std::string, Benchmark> benchmarks = {
    {"loader", [](const Options&) { return benchmarks::run_loader_benchmark(); }},
    {"contention",
     [](const Options&) {
       return benchmarks::contention(recipe::read_recipe(find_recipe("fashion-mnist")));
     }},
    {"contrast", [](const Options&) { return benchmarks::contrast(); }},
    {"distributed",
     [](const Options& options) {
       const std::string file = find_recipe("fashion-mnist");
       const recipe::Recipe recipe = recipe::read_recipe(file);
       return nlohmann::json{{"loss", benchmarks::distributed()},
                             {"training", benchmarks::processes(file)},
                             {"features", benchmarks::shared_features(recipe)},
                             {"overlap", benchmarks::overlap(recipe, options.figure)}};
     }},
    {"embed", [](const Options&) { return benchmarks::embed(); }},
    {"learn", learn},
    {"manifest", [](const Options&) { return benchmarks::manifest(); }},
    {"search", [](const Options&) { return benchmarks::search(); }},
    {"train",
     [](const Options&) {
       nlohmann::json rows = benchmarks::train();
       rows.push_back(benchmarks::waiting(recipe::read_recipe(find_recipe("fashion-mnist"))));
       return rows;
     }},
};

std::vector<std::string> names() {
  std::vector<std::string> names;
  names.reserve(benchmarks.size());
  for (const auto& [name, run] : benchmarks) names.push_back(name);
  return names;
}

/// A benchmark prints its table as it goes: to stderr here, where stdout is for its rows alone.
nlohmann::json with_tables_aside(const Benchmark& benchmark, const Options& options) {
  std::fflush(stdout);
  const int standard_output = ::dup(STDOUT_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  nlohmann::json rows = benchmark(options);
  std::fflush(stdout);
  ::dup2(standard_output, STDOUT_FILENO);
  ::close(standard_output);
  return rows;
}

void bench(const Options& options) {
  const auto found = benchmarks.find(options.name);
  if (found == benchmarks.end()) {
    throw UsageError(
        fmt::format("there is no benchmark \"{}\"; there are {}; the nearest is \"{}\"",
                    options.name, fmt::join(names(), ", "), nearest_name(options.name, names())));
  }
  options.json.check_writable();
  options.json.write(options.json.is_printed() ? with_tables_aside(found->second, options)
                                               : found->second(options));
}

void add_learn(CLI::App& command, Options& options) {
  benchmarks::LearnOptions& learn = options.learn;
  command
      .add_option("--data", options.data,
                  "learn: the folder of CIFAR-10's binary files, data_batch_*.bin and "
                  "test_batch.bin")
      ->type_name("FOLDER")
      ->always_capture_default(false);
  command.add_option("--minutes", learn.minutes, "learn: minutes of training, a training for each")
      ->delimiter(',')
      ->check(CLI::Range(0.001, 10'000.0));
  command
      .add_option("--recipe", options.recipes,
                  "learn: a recipe's file, or the name of one that ships; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--seeds", learn.seeds, "learn: number of seeds, all trainings for each")
      ->check(CLI::Range(1, 100));
  command.add_option("--output", options.output, "learn: the folder that keeps what was measured");
}

}  // namespace

void add_bench(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("bench",
                             "Measure on this machine: contention (training beside busy "
                             "processes), contrast (the kernels), distributed (several processes: "
                             "the loss, training, gradients on their way, features), "
                             "embed, "
                             "learn (accuracy by minutes of training on CIFAR-10), loader, "
                             "manifest (ten million rows), "
                             "search, train (a training step, and its wait for data)");
  command
      ->add_option(
          "name", options->name,
          "contention, contrast, distributed, embed, learn, loader, manifest, search or train")
      ->required()
      ->type_name(fmt::format("TEXT:{{{}}}", fmt::join(names(), ",")))
      ->always_capture_default(false);
  command
      ->add_option("--figure", options->figure,
                   "distributed: write the timeline of a step's gradients to this SVG file")
      ->always_capture_default(false);
  add_learn(*command, *options);
  options->json.add_option(*command, "the rows");
  command->callback([options] { bench(*options); });
}

}  // namespace cmc::app
