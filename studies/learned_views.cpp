#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmc/encoders/view_generator.h"
#include "cmc/information/units.h"
#include "cmc/runs/learned_views.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"

// Claims (Tian et al. 2020, arXiv 2005.10243, section 4.3 and its plane of learned views, there of
// STL-10): a generator that sees no labels finds views that share less than the colour space it
// starts from, and goes past the sweet spot; one that sees some (here those of a tenth of the
// samples) finds views that serve the task better than these and than the space itself, and lies
// between the two in information. What counts: 0.5 bits less; 1 point of accuracy more. Three
// seeds: paired differences of the same recipe deviate by some 0.05 bits and 0.5 to 1 points (the
// studies of losses and colours), so that 0.2 bits and some 3 points are told from 0 with power
// 0.8; smaller gains come out as open.
//
// The generator learns beside encoders that see as many samples as those of the other settings, in
// batches of a quarter at half the learning rate, so that they follow it, and are then thrown away;
// encoders drawn as those of the other settings are trained with the views that it has found. The
// probe is fitted with all labels of the training samples, for all settings alike.

namespace cmc::studies {
namespace {

using information::bits_per_nat;
using information::ConfidenceInterval;
using nlohmann::json;
using views::ColorSpace;

constexpr double less_bits = 0.5, more_accuracy = 0.01;

/// What a generator sees; `none`: the colour space itself.
constexpr std::string_view none = "none", unsupervised = "unsupervised",
                           semi_supervised = "semi-supervised";

json key(ColorSpace space, std::string_view generator) {
  return {{"space", std::string(views::describe(space).name)},
          {"generator", std::string(generator)}};
}

advice::Setting setting(const recipe::Recipe& recipe, ColorSpace space,
                        std::string_view generator) {
  advice::Setting result{key(space, generator), recipe};
  result.recipe.contrast.negatives = recipe::NegativesKind::batch;
  if (generator == none) {
    result.recipe.views.split = views::ColorOptions{.space = space};
  } else {
    result.recipe.views.split = views::LearnedOptions{
        .space = space, .until = 1, .labelled = generator == semi_supervised ? 0.1 : 0};
  }
  return result;
}

/// Encoders of the views that a generator finds.
advice::Trained train(const advice::Setting& setting, const runs::Setup& setup, std::int64_t seed) {
  if (!setup.learned) return advice::train_setting(setting, setup, seed);
  recipe::Recipe small_steps = setting.recipe;
  small_steps.train.batch_size = std::max<std::int64_t>(16, small_steps.train.batch_size / 4);
  small_steps.train.steps *= 4;
  small_steps.train.optimizer.learning_rate /= 2;
  training::Model game = advice::short_model(small_steps, setup, seed);
  const advice::Trained found = advice::train_short(game, small_steps, setup, seed);
  runs::Setup resting = setup;
  resting.learned->until = 0;
  resting.learned->labelled = 0;
  training::Model fresh = advice::short_model(setting.recipe, resting, seed);
  {
    const at::NoGradGuard no_grad;
    const auto from = game->encoders[0]->generator()->parameters();
    auto to = fresh->encoders[0]->generator()->parameters();
    for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
  }
  advice::Trained trained = advice::train_short(fresh, setting.recipe, resting, seed);
  trained.seconds += found.seconds;
  trained.measured["axes"] =
      runs::to_json(runs::learned_axes(*setup.data.test, setup, trained.encoders));
  return trained;
}

void conclude(advice::Notebook& notebook, ColorSpace space) {
  const std::string name(views::describe(space).name);
  const json raw = key(space, none), alone = key(space, unsupervised),
             labelled = key(space, semi_supervised);
  const auto less = advice::difference(notebook.rows(), raw, alone, "bound_nats");
  notebook.conclude(verdict_on_gains(
      fmt::format("{}: without labels the generator finds views that share less.", name),
      fmt::format("{} bits less, where {} count", advice::plus_minus(less, 2, bits_per_nat),
                  less_bits),
      {less}, less_bits / bits_per_nat, bits_per_nat));
  for (const auto& [other, words] :
       {std::pair(alone, "than those found without"), std::pair(raw, "than the space's own")}) {
    const auto gain = advice::difference(notebook.rows(), labelled, other, "probe_all");
    notebook.conclude(verdict_on_gains(
        fmt::format("{}: views found with a tenth of the labels serve the task better {}.", name,
                    words),
        fmt::format("{} points of accuracy more, where {:.0f} counts",
                    advice::plus_minus(gain, 2, 100), 100 * more_accuracy),
        {gain}, more_accuracy, 100));
  }
  const auto below = advice::difference(notebook.rows(), raw, labelled, "bound_nats"),
             above = advice::difference(notebook.rows(), labelled, alone, "bound_nats");
  notebook.conclude(verdict_on_gains(
      fmt::format("{}: these lie between: the sweet spot of information, found by learning.", name),
      fmt::format("{} bits below the space's own views and {} above those found without labels",
                  advice::plus_minus(below, 2, bits_per_nat),
                  advice::plus_minus(above, 2, bits_per_nat)),
      {below, above}, 0, bits_per_nat));
}

}  // namespace

void run_learned_views(advice::Notebook& notebook, const StudyOptions& options) {
  check_colour_recipe(options, "learned-views");
  std::vector<ColorSpace> spaces = {ColorSpace::rgb, ColorSpace::ydbdr};
  if (options.quick) spaces = {ColorSpace::rgb};
  std::vector<advice::Setting> settings = {setting(short_recipe(options), ColorSpace::lab, none)};
  for (const ColorSpace space : spaces)
    for (const std::string_view generator : {none, unsupervised, semi_supervised})
      settings.push_back(setting(short_recipe(options), space, generator));
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.train = train;
  advice::sweep(notebook, settings, sweeping);

  advice::Figure figure{.name = "plane",
                        .title = "Accuracy against what chosen and learned views share",
                        .x_label = "bound on I(v₁; v₂), bits, held out",
                        .y_label = "accuracy, %",
                        .series = {}};
  std::string text = fmt::format("{:28} {:>14} {:>14}", "views", "bits", "accuracy, %");
  for (const advice::Setting& each : settings) {
    const std::string space = each.key["space"], generator = each.key["generator"];
    const auto over_seeds = [&](const char* column) {
      return advice::over_seeds(notebook.rows(), each.key, column);
    };
    const ConfidenceInterval bound = over_seeds("bound_nats"), accuracy = over_seeds("probe_all");
    const std::string label = generator == none ? space : space + ", " + generator;
    text +=
        fmt::format("\n  {:26} {:>14} {:>14}", label, advice::plus_minus(bound, 2, bits_per_nat),
                    advice::plus_minus(accuracy, 1, 100));
    advice::Point at = advice::point(bits_per_nat * bound.mean, accuracy, 100);
    at.label = label;
    figure.series.push_back({.label = label, .points = {at}, .joined = false});
  }
  notebook.add_table(text);
  notebook.add(std::move(figure));
  for (const ColorSpace space : spaces) conclude(notebook, space);
}

}  // namespace cmc::studies
