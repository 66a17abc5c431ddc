#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cmc/advice/advise.h"
#include "cmc/information/units.h"
#include "cmc/training/budget.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"

// Claim (of `cmc advise`, docs/advise.md): which views to train with can be told from trainings of
// a fifth of the length. What counts: at full length, judged by samples that no choice has seen,
// the proposal is less than 1 point below the best value (chosen by the other seeds), and above the
// mean of all values, which is what a choice by chance would get. Where all values are alike, the
// first holds and the second stays open. Seeds: three for the advice, as its user would have them,
// and as many as the options say at full length; paired differences of the same recipe deviate by
// 0.5 to 1 points (the studies of losses and colours), so that five tell 1 point. Budget: the
// recipe's, and a fifth of its steps for each of the advice's trainings.

namespace cmc::studies {
namespace {

using information::ConfidenceInterval;
using nlohmann::json;

constexpr std::int64_t part = 5;         // the advice takes one part of so many
constexpr double least_accuracy = 0.01;  // that counts
constexpr const char* accuracy = "probe_all";

advice::ViewFamily spaces(const StudyOptions& options) {
  advice::ViewFamily family{
      .recipe = short_recipe(options), .key = "views.space", .values = {}, .recipes = {}};
  for (int i = 0; i < views::color_spaces; i += options.quick ? 4 : 1) {
    const auto space = static_cast<views::ColorSpace>(i);
    family.values.emplace_back(views::describe(space).name);
    family.recipes.push_back(family.recipe);
    family.recipes.back().views.split = views::ColorOptions{.space = space};
  }
  return family;
}

advice::ViewFamily crops(const StudyOptions& options) {
  advice::ViewFamily family{.recipe = short_recipe(options),
                            .key = "views.augmentation.scale_low",
                            .values = {},
                            .recipes = {}};
  std::vector<double> areas = {0.02, 0.08, 0.2, 0.3, 0.5, 0.7, 0.95};
  if (options.quick) areas = {0.02, 0.3, 0.95};
  views::AugmentationOptions augmentation =
      family.recipe.views.augmentation.value_or(views::AugmentationOptions{});
  augmentation.crop = views::Crop::random_resized;
  family.recipe.views.augmentation = augmentation;
  for (const double area : areas) {
    family.values.push_back(fmt::format("{}", area));
    family.recipes.push_back(family.recipe);
    augmentation.scale.low = area;
    family.recipes.back().views.augmentation = augmentation;
  }
  return family;
}

json key(const advice::ViewFamily& family, const std::string& value) {
  return {{"key", family.key}, {"value", value}};
}

/// The full-length trainings of each value, judged by the test part.
std::vector<advice::Setting> train_in_full(advice::Notebook& notebook,
                                           const advice::ViewFamily& family,
                                           const StudyOptions& options) {
  std::vector<advice::Setting> settings;
  for (std::size_t i = 0; i < family.values.size(); ++i)
    settings.push_back({key(family, family.values[i]), family.recipes[i]});
  advice::sweep(notebook, settings, sweep_options(options));
  return settings;
}

/// What `cmc advise` says after a fifth of the steps.
advice::Advice ask(const advice::Notebook& notebook, const advice::ViewFamily& family,
                   const StudyOptions& options) {
  const std::int64_t full =
      training::budget_of(family.recipe.train, training_samples(options)).steps;
  advice::AdviseOptions advising{.steps = std::max<std::int64_t>(1, full / part)};
  advising.progress = options.progress;
  if (options.quick) advising.seeds = 2;
  return advice::advise(family, notebook.folder() / ("advise-" + family.key), advising);
}

/// Accuracy at full length of the proposal less the mean of all values, over seeds.
ConfidenceInterval gain_over_chance(const advice::Notebook& notebook,
                                    const std::vector<advice::Setting>& settings,
                                    const json& proposed) {
  std::vector<double> gains;
  for (const auto& [seed, value] : advice::by_seed(notebook.rows(), proposed, accuracy)) {
    double sum = 0;
    for (const advice::Setting& setting : settings)
      sum += advice::by_seed(notebook.rows(), setting.key, accuracy).at(seed);
    gains.push_back(value - sum / static_cast<double>(settings.size()));
  }
  return information::confidence_interval(gains);
}

/// Accuracy at full length of the best value less that of the proposal, over seeds.
ConfidenceInterval regret(const advice::Notebook& notebook,
                          const std::vector<advice::Setting>& settings, const json& proposed) {
  std::vector<double> regrets;
  const auto best = advice::best_by_other_seeds(notebook, settings, accuracy);
  for (const auto& [seed, value] : advice::by_seed(notebook.rows(), proposed, accuracy))
    regrets.push_back(best.at(seed) - value);
  return information::confidence_interval(regrets);
}

void show(advice::Notebook& notebook, const advice::Advice& advice,
          const advice::ViewFamily& family) {
  advice::Figure figure{.name = "advice-" + family.key,
                        .title = family.key + ": what short trainings say of long ones",
                        .x_label = "accuracy after a fifth of the steps, samples that choose, %",
                        .y_label = "accuracy at full length, test part, %",
                        .series = {{.label = family.key, .points = {}, .joined = false}}};
  std::string text = fmt::format("{:30} {:>14} {:>14} {:>14}", family.key, "bits, advice",
                                 "accuracy, %", "in full, %");
  double short_seconds = 0, full_seconds = 0;
  for (std::size_t i = 0; i < advice.values.size(); ++i) {
    const advice::AdvisedValue& each = advice.values[i];
    const json at = key(family, each.value);
    const ConfidenceInterval full = advice::over_seeds(notebook.rows(), at, accuracy);
    short_seconds += each.seconds;
    full_seconds += advice::over_seeds(notebook.rows(), at, "seconds").mean;
    text += fmt::format("\n  {:28} {:>14} {:>14} {:>14}{}", each.value,
                        advice::plus_minus(each.nats, 2, information::bits_per_nat),
                        advice::plus_minus(each.quality, 1, 100), advice::plus_minus(full, 1, 100),
                        i == advice.proposed ? "  proposed" : "");
    advice::Point point = advice::point(100 * each.quality.mean, full, 100);
    point.label = each.value;
    figure.series.front().points.push_back(point);
  }
  text += fmt::format("\n  a training of the advice takes {:.2f} of a full one's time",
                      short_seconds / full_seconds);
  notebook.add_table(text);
  notebook.add(std::move(figure));
}

void study(advice::Notebook& notebook, const advice::ViewFamily& family,
           const StudyOptions& options) {
  const std::vector<advice::Setting> settings = train_in_full(notebook, family, options);
  const advice::Advice advice = ask(notebook, family, options);
  show(notebook, advice, family);
  const std::string& proposed = advice.values[advice.proposed].value;
  const ConfidenceInterval lost = regret(notebook, settings, key(family, proposed)),
                           gained = gain_over_chance(notebook, settings, key(family, proposed));
  notebook.conclude(
      {fmt::format("{}: what is proposed after a fifth of the steps is the best at full length, or "
                   "less than 1 point below it.",
                   family.key),
       fmt::format("{} = {}: {} points of accuracy below the best (chosen by the other seeds); a "
                   "loss of {:.1f} would have been seen (power 0.8)",
                   family.key, proposed, advice::plus_minus(lost, 2, 100),
                   100 * (least_accuracy + smallest_effect(lost))),
       at_most(lost, least_accuracy)});
  notebook.conclude(
      verdict_on_gains(fmt::format("{}: it is better than a value chosen by chance.", family.key),
                       fmt::format("{} points of accuracy above the mean of {} values",
                                   advice::plus_minus(gained, 2, 100), settings.size()),
                       {gained}, 0, 100));
}

}  // namespace

void run_advice(advice::Notebook& notebook, const StudyOptions& options) {
  check_colour_recipe(options, "advice");
  for (const advice::ViewFamily& family : {spaces(options), crops(options)})
    study(notebook, family, options);
}

}  // namespace cmc::studies
