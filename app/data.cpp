#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/picture_file.h"
#include "app/progress.h"
#include "app/shipped_recipes.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/survey.h"
#include "cmc/files/atomic_file.h"
#include "cmc/runs/recipe_paths.h"
#include "cmc/runs/setup.h"
#include "cmc/views/png.h"
#include "cmc/views/sheet.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::vector<std::string> set;
  std::string output;
  std::int64_t samples = 8;
  JsonOutput json;
  bool force = false;
};

/// Two numbers in as many digits as tell them apart, from four on; whole ones as they are.
std::pair<std::string, std::string> range(double least, double greatest) {
  std::pair<std::string, std::string> text;
  const auto whole = [](double x) { return x == std::round(x) && std::abs(x) < 1e11; };
  if (whole(least) && whole(greatest))
    return {fmt::format("{:.0f}", least), fmt::format("{:.0f}", greatest)};
  for (int digits = 4; digits <= 15; ++digits) {
    text = {fmt::format("{:.{}g}", least, digits), fmt::format("{:.{}g}", greatest, digits)};
    if (text.first != text.second || least == greatest) break;
  }
  return text;
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
    const auto [least, greatest] = range(own.least, own.greatest);
    const auto size = [&](const data::SourceShape& shape) {
      return data::descriptor(sources[s].kind).size(sources[s], shape);
    };
    fmt::print("{:<16} {:<6} {:>14} {:>14} {:>11} {:>11} {:>8} {:>7.1f}% {:>8}\n", own.name,
               own.kind, size(own.smallest), size(own.largest), least, greatest, own.missing,
               100 * own.missing_values, own.duplicates);
  }
  for (const data::SourceSurvey& own : survey.sources) {
    if (own.sorts.empty()) continue;
    fmt::print("\n{}:", own.name);
    for (const auto& [sort, count] : own.sorts) fmt::print(" {} {}", sort, count);
  }
  if (std::ranges::any_of(survey.sources, [](const auto& each) { return !each.sorts.empty(); }))
    fmt::print("\n");
  if (!survey.warnings.empty()) fmt::print("\n");
  for (const std::string& warning : survey.warnings) fmt::print("! {}\n", warning);
}

void describe_data(const Options& options) {
  recipe::Recipe recipe = recipe::read_recipe(find_recipe(options.recipe), options.set);
  const std::filesystem::path sheet =
      picture_file(options.output, options.force, recipe.name, "data");
  options.json.check_writable();
  runs::find_beside(recipe, find_recipe(options.recipe));
  recipe.data.manifest.unreadable = data::UnreadableFile::missing;  // all of them are to be counted
  const runs::Setup setup = runs::set_up(recipe);
  Progress progress;
  const data::Survey survey =
      data::survey(setup.data, [&](double share) { progress.show("reading", share); });
  progress.clear();
  const data::Dataset& train = *setup.data.train;
  const std::vector<std::int64_t> order = permutation(
      train.size(),
      RandomStream(RandomPurpose::shown_samples, static_cast<std::uint64_t>(recipe.seed)));
  const auto count = std::min<std::int64_t>(options.samples, train.size());
  const auto draw = [&] {
    files::write_atomically(sheet,
                            views::png(views::sheet(train, *setup.evaluate_transform,
                                                    {order.begin(), order.begin() + count})));
    if (!options.json.is_printed()) fmt::print("\n{}\n", sheet.string());
  };
  deliver({[&] {
             if (!options.json.is_printed()) print(survey, train.sources());
           },
           [&] { options.json.write(data::to_json(survey)); }, draw});
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
  command
      ->add_option("--output", options->output,
                   "The PNG file with some samples (runs/NAME-data.png unless given, with a number "
                   "where that is there)")
      ->always_capture_default(false);
  command->add_option("--samples", options->samples, "Number of samples that it shows")
      ->check(CLI::Range(1, 100));
  command->add_flag("--force", options->force, "Replace a PNG file that exists");
  options->json.add_option(*command);
  command->callback([options] { describe_data(*options); });
}

}  // namespace cmc::app
