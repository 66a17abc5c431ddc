#include <fmt/ranges.h>

#include "cmc/advice/results.h"
#include "studies/study.h"

#include "app/commands.h"
#include "app/json_output.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "app/signals.h"
#include "cmc/error.h"
#include "cmc/files/json_text.h"

namespace cmc::app {
namespace {

struct Options {
  std::string name;
  std::string output;
  std::string images = studies::StudyOptions{}.images.string();
  std::string recipe;
  std::vector<std::string> set;
  std::string transfer;
  std::vector<std::string> set_transfer;
  std::int64_t seeds = 0;
  bool quick = false;
  JsonOutput json;
};

std::vector<std::string> names() {
  std::vector<std::string> names;
  names.reserve(studies::studies().size());
  for (const studies::Study& study : studies::studies()) names.push_back(study.name);
  return names;
}

std::string list() {
  std::string text = "Which:";
  for (const studies::Study& study : studies::studies())
    text += fmt::format("\n{}: {}", study.name, study.question);
  return text;
}

/// The recipe that `option` names, changed as `option_to_set` says; none where neither is given.
std::optional<recipe::Recipe> read(const std::string& option, const std::string& name,
                                   const std::string& option_to_set,
                                   const std::vector<std::string>& set) {
  if (!name.empty()) return recipe::read_recipe(find_recipe(name), set);
  if (!set.empty())
    throw UsageError(fmt::format("{} changes a recipe: give it with {}", option_to_set, option));
  return {};
}

void study(const Options& options) {
  const studies::Study& found = studies::find_study(options.name);
  const std::filesystem::path folder = options.output.empty()
                                           ? std::filesystem::path("runs") / ("study-" + found.name)
                                           : std::filesystem::path(options.output);
  std::optional<recipe::Recipe> recipe = read("--recipe", options.recipe, "--set", options.set);
  std::optional<recipe::Recipe> transfer =
      read("--transfer", options.transfer, "--set-transfer", options.set_transfer);
  options.json.check_writable();
  say_when_ended("stopped; run the same command to resume\n");
  const advice::Notebook notebook =
      studies::run_study(found, folder,
                         {.quick = options.quick,
                          .seeds = options.seeds,
                          .images = options.images,
                          .recipe = std::move(recipe),
                          .transfer = std::move(transfer),
                          .progress = [](const std::string& what) { StatusLine::show(what); }});
  if (StatusLine::on_terminal()) StatusLine::show("");
  options.json.write(files::read_json(folder / "verdict.json"));
  if (options.json.is_printed()) return;
  fmt::print("{}\n{}{}\n", found.question, advice::verdict_text(notebook),
             (folder / "index.html").string());
}

}  // namespace

void add_study(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "study", "Run one of the papers' experiments; the same command resumes a stopped one");
  command->add_option("name", options->name, list())
      ->required()
      ->type_name(fmt::format("TEXT:{{{}}}", fmt::join(names(), ",")))
      ->always_capture_default(false);
  command->add_flag("--quick", options->quick,
                    "A short run that shows that it works, not what is true");
  command->add_option("--seeds", options->seeds, "Number of seeds; 0: 3, or 2 with --quick")
      ->check(CLI::Range(0, 100));
  command->add_option("--output", options->output, "Its folder (runs/study-NAME unless given)")
      ->always_capture_default(false);
  command->add_option("--images", options->images, "The folder of Fashion-MNIST");
  command
      ->add_option("--recipe", options->recipe,
                   "Study a recipe's data, views, encoders and budget in place of Fashion-MNIST "
                   "(views: beside it)")
      ->always_capture_default(false);
  add_overrides(*command, options->set);
  command
      ->add_option("--transfer", options->transfer,
                   "A recipe whose samples and labels judge the encoders (patches, with --recipe)")
      ->always_capture_default(false);
  add_overrides(*command, options->set_transfer, "--set-transfer",
                "Override a key of that recipe, such as data.root=FOLDER; may be repeated");
  options->json.add_option(*command, "the verdict");
  command->callback([options] { study(*options); });
}

}  // namespace cmc::app
