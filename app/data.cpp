#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/png.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "cmc/data/atomic_file.h"
#include "cmc/data/survey.h"
#include "cmc/training/setup.h"
#include "cmc/views/sheet.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::vector<std::string> set;
  std::string sheet = "data.png";
  std::int64_t samples = 8;
  std::string json;
};

std::string size(const data::SourceShape& shape, const std::string& kind, std::int64_t rate) {
  if (kind == "audio")
    return fmt::format("{:.2f} s", static_cast<double>(shape.width) / static_cast<double>(rate));
  if (kind == "table") return fmt::format("{} columns", shape.width);
  return fmt::format("{}×{}×{}", shape.channels, shape.height, shape.width);
}

void print(const data::Survey& survey, const std::vector<data::Source>& sources) {
  fmt::print("{} samples to train, {} held out; {} have a label\n", survey.train_samples,
             survey.test_samples, survey.labelled);
  if (survey.has_targets)
    fmt::print("the labels are numbers from {:g} to {:g}\n", survey.least_target,
               survey.greatest_target);
  if (!survey.classes.empty()) {
    fmt::print("\n{:<20} {:>9} {:>9}\n", "class", "train", "held out");
    for (std::size_t c = 0; c < std::min<std::size_t>(survey.classes.size(), 20); ++c)
      fmt::print("{:<20} {:>9} {:>9}\n", survey.classes[c], survey.train_per_class[c],
                 survey.test_per_class[c]);
    if (survey.classes.size() > 20) fmt::print("… {} classes in all\n", survey.classes.size());
  }
  fmt::print("\n{:<16} {:<6} {:>14} {:>14} {:>11} {:>11} {:>8} {:>8} {:>8}\n", "source", "kind",
             "smallest", "largest", "least", "greatest", "missing", "inside", "repeated");
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const data::SourceSurvey& own = survey.sources[s];
    fmt::print("{:<16} {:<6} {:>14} {:>14} {:>11.4g} {:>11.4g} {:>8} {:>7.1f}% {:>8}\n", own.name,
               own.kind, size(own.smallest, own.kind, sources[s].rate),
               size(own.largest, own.kind, sources[s].rate), own.least, own.greatest, own.missing,
               100 * own.missing_values, own.duplicates);
  }
  if (!survey.warnings.empty()) fmt::print("\n");
  for (const std::string& warning : survey.warnings) fmt::print("! {}\n", warning);
}

void describe_data(const Options& options) {
  training::Recipe recipe = training::read_recipe(find_recipe(options.recipe), options.set);
  recipe.data.manifest.unreadable = "missing";  // all of them are to be counted
  const training::Setup setup = training::set_up(recipe);
  Progress progress;
  const data::Survey survey =
      data::survey(setup.data, [&](double share) { progress.show("reading", share); });
  progress.clear();
  print(survey, setup.data.train->sources());
  if (!options.json.empty())
    // A name or a damaged header in a warning may be no UTF-8.
    data::write_atomically(
        options.json,
        data::to_json(survey).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  const data::Dataset& train = *setup.data.train;
  const std::vector<std::int64_t> order =
      permutation(train.size(), RandomStream(static_cast<std::uint64_t>(recipe.seed)));
  const auto count = std::min<std::int64_t>(options.samples, train.size());
  data::write_atomically(options.sheet, png(views::sheet(train, *setup.evaluate_transform,
                                                         {order.begin(), order.begin() + count})));
  fmt::print("\n{}\n", options.sheet);
}

}  // namespace

void add_data(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "data", "Describe a recipe's data: counts, shapes, ranges, what is missing or looks wrong");
  command->add_option("recipe", options->recipe, "A recipe's file, or the name of one that ships")
      ->required()
      ->always_capture_default(false);
  add_overrides(*command, options->set);
  command->add_option("--sheet", options->sheet, "The PNG file with some samples");
  command->add_option("--samples", options->samples, "How many samples it shows")
      ->check(CLI::Range(1, 100));
  command->add_option("--json", options->json, "Also write the figures to this file")
      ->always_capture_default(false);
  command->callback([options] { describe_data(*options); });
}

}  // namespace cmc::app
