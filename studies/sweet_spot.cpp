#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "cmc/advice/peak.h"
#include "studies/study_recipe.h"

namespace cmc::studies {
namespace {

using nlohmann::json;

constexpr double bits = 1 / std::numbers::ln2;

/// Whether an interior maximum of the accuracy lies outside the error bars of both ends.
void conclude_peak(advice::Notebook& notebook, const std::vector<advice::Setting>& settings,
                   const std::string& family, const char* varied) {
  const advice::Peak peak = advice::find_peak(notebook, settings, "probe_all");
  const auto value = [&](std::size_t i) { return peak.settings[i].key.at(varied).dump(); };
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < peak.settings.size(); ++i) labels.push_back(value(i));
  advice::Figure figure = advice::peak_figure(notebook, peak, labels, "probe_all", 100);
  figure.name = family;
  figure.title = "Accuracy against what the views share: " + family;
  figure.y_label = "accuracy, %";
  notebook.add(std::move(figure));

  const bool refuted = advice::positive(peak.over_least) == advice::Outcome::not_held ||
                       advice::positive(peak.over_most) == advice::Outcome::not_held;
  const advice::Outcome outcome = peak.shape == advice::PeakShape::inside ? advice::Outcome::held
                                  : refuted ? advice::Outcome::not_held
                                            : advice::Outcome::open;
  notebook.conclude(
      {fmt::format("{}: accuracy has an interior maximum over the information that views share.",
                   family),
       fmt::format(
           "the best between the ends (chosen by the other seeds) is {} points above the end that "
           "shares least ({} = {}) and {} above the one that shares most ({}); of all, {} is best, "
           "with {} bits",
           advice::plus_minus(peak.over_least, 2, 100), varied, value(0),
           advice::plus_minus(peak.over_most, 2, 100), value(peak.settings.size() - 1),
           value(peak.best),
           advice::plus_minus(
               advice::over_seeds(notebook.rows(), peak.settings[peak.best].key, "bound_nats"), 2,
               bits)),
       outcome});
}

/// What patches at different distances taught is asked of the same pixels: of the picture's four
/// quadrants, each through the patches' shared encoder. (Of patches themselves, those farther apart
/// would see more of the picture.)
json judge_patches(const advice::Setting& setting, advice::Trained& trained,
                   const runs::Setup& setup) {
  views::ViewRecipe whole = setting.recipe.views;
  whole.split = views::QuadrantsOptions{};
  const auto quadrants =
      views::make_split(whole, setup.data.train->sources()[0].shape, views::Mode::evaluate);
  std::vector<encoders::Encoder> four(quadrants->views().size(), trained.encoders[0]);
  json values = advice::shared_information(
      advice::judged_features(trained.encoders, setup.data, setup.train_transform));
  values["probe_all"] = advice::probe_all(advice::judged_features(four, setup.data, quadrants));
  return values;
}

void run_patches(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<std::int64_t> distances = {0, 1, 2, 4, 6, 8, 10, 12};
  if (options.quick) distances = {0, 6, 12};
  std::vector<advice::Setting> settings;
  for (const std::int64_t distance : distances) {
    advice::Setting& setting = settings.emplace_back(
        advice::Setting{{{"family", "patches"}, {"distance", distance}}, short_recipe(options)});
    setting.recipe.views.split = views::PatchesOptions{.size = 14, .distance = distance};
    setting.recipe.encoder.shared = true;
  }
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.judge = judge_patches;
  advice::sweep(notebook, settings, sweeping);
  conclude_peak(notebook, settings, "patches", "distance");
}

void run_augmentation(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<double> scales = {0.95, 0.7, 0.5, 0.3, 0.15, 0.08};
  if (options.quick) scales = {0.9, 0.4, 0.1};
  std::vector<advice::Setting> settings;
  for (const double scale : scales) {
    advice::Setting& setting = settings.emplace_back(advice::Setting{
        {{"family", "augmentation"}, {"least_area", scale}}, short_recipe(options)});
    setting.recipe.views.split = views::AugmentedOptions{};
    setting.recipe.views.augmentation =
        views::AugmentationOptions{.crop = views::Crop::random_resized,
                                   .scale = {scale, 1.0},
                                   .flip_probability = 0.5,
                                   .brightness = 1 - scale,
                                   .contrast = 1 - scale};
  }
  // Accuracy is of samples as they are; what two augmentations share, of augmented ones.
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.judge = [](const advice::Setting&, advice::Trained& trained, const runs::Setup& setup) {
    const auto features = [&](const std::shared_ptr<const data::Transform>& transform) {
      return advice::judged_features(trained.encoders, setup.data, transform);
    };
    json values = advice::probe(features(setup.evaluate_transform));
    values.update(advice::shared_information(features(setup.train_transform)));
    return values;
  };
  advice::sweep(notebook, settings, sweeping);
  conclude_peak(notebook, settings, "augmentation", "least_area");
}

}  // namespace

void run_sweet_spot(advice::Notebook& notebook, const StudyOptions& options) {
  run_patches(notebook, options);
  run_augmentation(notebook, options);
}

}  // namespace cmc::studies
