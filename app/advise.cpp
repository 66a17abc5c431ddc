#include "cmc/advice/advise.h"

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
  advice::AdviseOptions advise;
};

void advise(const Options& options) {
  const advice::ViewFamily family =
      advice::read_view_family(find_recipe(options.recipe), options.set, options.vary);
  options.json.check_writable();
  say_when_ended("stopped; run the same command to resume\n");
  advice::AdviseOptions advising = options.advise;
  advising.progress = [](const std::string& what) { StatusLine::show(what); };
  const advice::Advice advice = advice::advise(
      family, options.output.empty() ? "runs/advise-" + family.recipe.name : options.output,
      advising);
  if (StatusLine::on_terminal()) StatusLine::show("");
  deliver({[&] {
             if (!options.json.is_printed()) fmt::print("{}", advice::advice_text(advice));
           },
           [&] { options.json.write(advice::to_json(advice)); }});
}

}  // namespace

void add_advise(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "advise",
      "Find how much a recipe's views should share, by short trainings; the same command resumes");
  command->add_option("recipe", options->recipe, "A recipe's file, or the name of one that ships")
      ->required()
      ->always_capture_default(false);
  command
      ->add_option("--vary", options->vary,
                   "Values of a key that changes the views, such as views.distance=0,4,8")
      ->required()
      ->type_name("KEY=V1,V2,...")
      ->always_capture_default(false);
  command->add_option("--steps", options->advise.steps, "Optimiser steps of one training")
      ->check(CLI::Range(1, 1'000'000'000));
  command
      ->add_option("--seeds", options->advise.seeds,
                   "Number of seeds, a training each for every value")
      ->check(CLI::Range(1, 100));
  command->add_option("--output", options->output, "Its folder (runs/advise-NAME unless given)")
      ->always_capture_default(false);
  options->json.add_option(*command);
  add_overrides(*command, options->set);
  command->callback([options] { advise(*options); });
}

}  // namespace cmc::app
