#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "cmc/advice/peak.h"
#include "cmc/evaluation/linear_probe.h"
#include "studies/composite_views.h"
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

/// Accuracy of probes on the first view's representation, one for each factor. The loader of
/// judged_features draws by the sample's index alone, as CompositeViews::drawn is asked here.
json probe_factors(const advice::HeldOutFeatures& features) {
  const auto labels = [](const evaluation::Features& of, Factor factor) {
    if (factor == Factor::garment) return of.labels;
    at::Tensor drawn = of.indices.clone();
    auto* const value = drawn.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < drawn.numel(); ++i)
      value[i] = CompositeViews::drawn(factor, {.sample = static_cast<std::uint64_t>(value[i])});
    return drawn;
  };
  json values;
  for (const Factor factor : factors) {
    const std::int64_t classes = factor == Factor::garment    ? features.classes
                                 : factor == Factor::position ? CompositeViews::places
                                                              : CompositeViews::textures;
    values["probe_" + name(factor)] =
        evaluation::fit_linear_probe(features.train.representations[0],
                                     labels(features.train, factor), classes,
                                     {.penalties = {300, 30, 3}, .small_samples = 0})
            .accuracy(features.held_out.representations[0], labels(features.held_out, factor));
  }
  return values;
}

/// "garment + position": what the two views share.
std::string title(const std::vector<Factor>& shared) {
  std::string text;
  for (const Factor factor : shared) text += (text.empty() ? "" : " + ") + name(factor);
  return text;
}

std::vector<std::vector<Factor>> all_shared() {
  std::vector<std::vector<Factor>> sets;
  for (unsigned mask = 1; mask < 8; ++mask) {
    std::vector<Factor>& set = sets.emplace_back();
    for (const Factor factor : factors)
      if (mask & (1u << static_cast<unsigned>(factor))) set.push_back(factor);
  }
  std::ranges::stable_sort(sets, {}, &std::vector<Factor>::size);
  return sets;
}

json composite_key(const std::vector<Factor>& shared) {
  return {{"family", "composite"}, {"shared", title(shared)}};
}

void measure_composite(advice::Notebook& notebook, const StudyOptions& options,
                       const std::vector<std::vector<Factor>>& sets) {
  std::vector<advice::Setting> settings;
  for (const auto& set : sets) {
    advice::Setting& setting =
        settings.emplace_back(advice::Setting{composite_key(set), short_recipe(options)});
    setting.recipe.encoder.strides = {2, 2, 2};
  }
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.set_up = [&sets, whole = sweeping.set_up](const advice::Setting& setting) {
    runs::Setup setup = whole(setting);
    const auto name = setting.key.at("shared").get<std::string>();
    const auto shared =
        std::ranges::find_if(sets, [&](const auto& set) { return title(set) == name; });
    setup.train_transform = std::make_shared<CompositeViews>(setup.data.train, *shared);
    setup.evaluate_transform = std::make_shared<CompositeViews>(setup.data.test, *shared);
    return setup;
  };
  sweeping.judge = [](const advice::Setting&, advice::Trained& trained, const runs::Setup& setup) {
    const advice::HeldOutFeatures features =
        advice::judged_features(trained.encoders, setup.data, setup.evaluate_transform);
    json values = advice::shared_information(features);
    values.update(probe_factors(features));
    return values;
  };
  advice::sweep(notebook, settings, sweeping);
}

/// Whether, for a task, views that share its factor alone beat every other set of shared factors.
void conclude_task(advice::Notebook& notebook, const std::vector<std::vector<Factor>>& sets,
                   Factor task) {
  const std::string column = "probe_" + name(task);
  std::vector<advice::Setting> alone, others;
  for (const auto& set : sets)
    (set == std::vector<Factor>{task} ? alone : others).push_back({composite_key(set), {}});
  const auto percent = [&](const advice::Setting& setting) {
    return fmt::format(
        "{} % sharing {}",
        advice::plus_minus(advice::over_seeds(notebook.rows(), setting.key, column), 1, 100),
        setting.key.at("shared").get<std::string>());
  };
  const auto gain = advice::difference_of_best(notebook, alone, others, column);
  notebook.conclude(
      {fmt::format("To predict the {}, the best views share it and nothing else.", name(task)),
       fmt::format("{} points more than the best others (chosen by the other seeds): {}; of the "
                   "others the best is {}, and {}",
                   advice::plus_minus(gain, 2, 100), percent(alone.front()),
                   percent(advice::best_of(notebook, others, column)), percent(others.back())),
       advice::positive(gain)});
}

void run_composite(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<std::vector<Factor>> sets = all_shared();
  if (options.quick) sets = {sets[0], sets[1], sets[2], sets.back()};
  measure_composite(notebook, options, sets);
  advice::Figure figure{.name = "composite",
                        .title = "Three tasks against what composite views share",
                        .x_label = "bound on I(v₁; v₂), bits, held out",
                        .y_label = "accuracy, %",
                        .series = {}};
  for (const Factor task : factors) {
    advice::Series series{.label = name(task), .points = {}, .joined = false};
    for (const auto& set : sets) {
      advice::Point at = advice::point(
          0, advice::over_seeds(notebook.rows(), composite_key(set), "probe_" + name(task)), 100);
      at.x = bits * advice::over_seeds(notebook.rows(), composite_key(set), "bound_nats").mean;
      series.points.push_back(at);
    }
    figure.series.push_back(std::move(series));
    conclude_task(notebook, sets, task);
  }
  notebook.add(std::move(figure));
}

}  // namespace

void run_sweet_spot(advice::Notebook& notebook, const StudyOptions& options) {
  run_patches(notebook, options);
  run_augmentation(notebook, options);
  run_composite(notebook, options);
}

}  // namespace cmc::studies
