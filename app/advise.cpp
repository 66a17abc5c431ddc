#include "cmc/advice/advise.h"

#include "app/commands.h"
#include "app/deliver.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "app/signals.h"
#include "cmc/files/atomic_file.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::string vary;
  std::string output;
  std::string json;
  std::vector<std::string> set;
  advice::AdviseOptions advise;
};

void advise(const Options& options) {
  const advice::ViewFamily family =
      advice::read_view_family(find_recipe(options.recipe), options.set, options.vary);
  if (!options.json.empty()) files::check_writable(options.json);
  say_when_ended("stopped; run the same command to resume\n");
  advice::AdviseOptions advising = options.advise;
  advising.progress = [](const std::string& what) { StatusLine::show(what); };
  const advice::Advice advice = advice::advise(
      family, options.output.empty() ? "runs/advise-" + family.recipe.name : options.output,
      advising);
  if (StatusLine::on_terminal()) StatusLine::show("");
  deliver({[&] { fmt::print("{}", advice::advice_text(advice)); },
           [&] {
             if (!options.json.empty())
               files::write_atomically(options.json, advice::to_json(advice).dump(2) + "\n");
           }});
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
  command->add_option("--json", options->json, "Also write the figures to this file")
      ->always_capture_default(false);
  add_overrides(*command, options->set);
  command->callback([options] { advise(*options); });
}

}  // namespace cmc::app
