#include "studies/advise.h"

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "app/signals.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::string vary;
  std::string output;
  JsonOutput json;
  std::vector<std::string> set;
  studies::AdviseOptions advise;
};

void advise(const Options& options) {
  const studies::ViewFamily family =
      studies::read_view_family(find_recipe(options.recipe), options.set, options.vary);
  options.json.check_writable();
  say_when_ended("stopped; the same command goes on where it was\n");
  studies::AdviseOptions advising = options.advise;
  advising.progress = [](const std::string& what) { StatusLine::show(what); };
  const studies::Advice advice = studies::advise(
      family, options.output.empty() ? "runs/advise-" + family.recipe.name : options.output,
      advising);
  if (StatusLine::on_terminal()) StatusLine::show("");
  deliver({[&] {
             if (!options.json.is_printed()) fmt::print("{}", studies::advice_text(advice));
           },
           [&] { options.json.write(studies::to_json(advice)); }});
}

}  // namespace

void add_advise(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "advise",
      "Find how much a recipe's views should share, by short runs; a stopped one goes on");
  command->add_option("recipe", options->recipe, "A recipe's file, or the name of one that ships")
      ->required()
      ->always_capture_default(false);
  command
      ->add_option("--vary", options->vary,
                   "Values of a key that makes the views, such as views.distance=0,4,8")
      ->required()
      ->type_name("KEY=V1,V2,...")
      ->always_capture_default(false);
  command->add_option("--steps", options->advise.steps, "Optimiser steps of one training")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--seeds", options->advise.seeds, "Trainings of each value")
      ->check(CLI::Range(1, 100));
  command->add_option("--output", options->output, "Its folder (runs/advise-NAME unless given)")
      ->always_capture_default(false);
  options->json.add_option(*command);
  add_overrides(*command, options->set);
  command->callback([options] { advise(*options); });
}

}  // namespace cmc::app
