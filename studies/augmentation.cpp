#include <variant>

#include "cmc/error.h"
#include "studies/augmentation_strength.h"
#include "studies/conclude_peak.h"
#include "studies/study_recipe.h"

// Claim (Tian et al. 2020, arXiv 2005.10243, sections 4.2 and 4.3: colour jitter and crops): over
// the strength of augmentation, accuracy against what the views share is a reverse U. What counts:
// the best strength between the ends is at least 1 point above both, beyond the error bars. That
// no maximum lies inside refutes the claim only where the range reaches two bad ends: at strength 0
// both views are the same pixels, so that any detail matches them; at 1 they are a few pixels of
// the picture each, blown up and recoloured (augmentation_strength.h). Seeds: an interval's half
// is 2.5 times the deviation of a difference over three seeds, 1.24 times over five (Student), so
// that --seeds 5 shows a maximum 2 points above the ends where that deviation is 0.8. Budget: the
// recipe's; one that is too short to tell the strengths apart ends within the error bars.

namespace cmc::studies {
namespace {

using nlohmann::json;

/// The recipe with two augmented views in place of its own, which one encoder sees.
recipe::Recipe augmented(recipe::Recipe recipe, double strength) {
  // Means and deviations of colour views are in the units of their space.
  if (std::holds_alternative<views::ColorOptions>(recipe.views.split))
    recipe.views.normalization = {};
  recipe.views.split = views::AugmentedOptions{};
  recipe.views.augmentation = augmentation_of_strength(strength);
  recipe.encoder.shared = true;
  return recipe;
}

/// Accuracy is of pictures as they are, which both views show then; what the views share, of
/// augmented ones.
json judge(const advice::Setting&, advice::Trained& trained, const runs::Setup& setup) {
  const auto features = [&](const std::shared_ptr<const data::Transform>& transform) {
    return advice::judged_features(trained.encoders, setup.data, transform);
  };
  json values = advice::shared_information(features(setup.measuring_transform()));
  values["accuracy"] = advice::probe_view(features(setup.evaluate_transform), 0);
  return values;
}

}  // namespace

void run_augmentation(advice::Notebook& notebook, const StudyOptions& options) {
  if (options.recipe && !options.recipe->view.empty())
    throw UsageError(
        "augmentation augments a data set of pictures: give a recipe with [views], not [[view]]s");
  std::vector<double> strengths = {0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1};
  if (options.quick) strengths = {0, 0.5, 1};
  std::vector<advice::Setting> settings;
  for (const double strength : strengths)
    settings.push_back({{{"strength", strength}}, augmented(short_recipe(options), strength)});
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.judge = judge;
  advice::sweep(notebook, settings, sweeping);
  conclude_peak(notebook, settings, "strength");
}

}  // namespace cmc::studies
