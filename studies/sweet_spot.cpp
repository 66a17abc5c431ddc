#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "cmc/evaluation/features.h"
#include "cmc/evaluation/linear_probe.h"
#include "studies/composite_views.h"
#include "studies/sweep.h"

namespace cmc::studies {
namespace {

using nlohmann::json;

constexpr double bits = 1 / std::numbers::ln2;

/// Whether an interior maximum of the accuracy lies outside the error bars of both ends.
void conclude_peak(Notebook& notebook, const std::vector<Setting>& settings,
                   const std::string& family) {
  const Setting& best = best_of(notebook, settings, "probe_all");
  const std::string claim = fmt::format(
      "{}: accuracy has an interior maximum over the information that views share.", family);
  if (&best == &settings.front() || &best == &settings.back()) {
    notebook.conclude(
        {claim, fmt::format("the best is an end, {}", best.key.dump()), Outcome::not_held});
    return;
  }
  const auto to_first = difference(notebook.rows(), best.key, settings.front().key, "probe_all");
  const auto to_last = difference(notebook.rows(), best.key, settings.back().key, "probe_all");
  const bool both = positive(to_first) == Outcome::held && positive(to_last) == Outcome::held;
  notebook.conclude(
      {claim,
       fmt::format("the best, {} with {} bits, is {} and {} points above the ends", best.key.dump(),
                   plus_minus(over_seeds(notebook.rows(), best.key, "bound_nats"), 2, bits),
                   plus_minus(to_first, 2, 100), plus_minus(to_last, 2, 100)),
       both ? Outcome::held : Outcome::open});
}

void draw_family(Notebook& notebook, const std::vector<Setting>& settings,
                 const std::string& family) {
  Series series{.label = family, .points = {}, .joined = true};
  for (const Setting& setting : settings) {
    Point at = point(0, over_seeds(notebook.rows(), setting.key, "probe_all"), 100);
    at.x = bits * over_seeds(notebook.rows(), setting.key, "bound_nats").mean;
    series.points.push_back(at);
  }
  notebook.add({.name = family,
                .title = "Accuracy against what the views share: " + family,
                .x_label = "bound on I(v₁; v₂), bits, held out",
                .y_label = "accuracy, %",
                .series = {series}});
}

void run_patches(Notebook& notebook, const StudyOptions& options) {
  std::vector<std::int64_t> distances = {0, 2, 4, 7, 10, 13, 16};
  if (options.quick) distances = {0, 8, 16};
  std::vector<Setting> settings;
  for (const std::int64_t distance : distances) {
    Setting& setting = settings.emplace_back(
        Setting{{{"family", "patches"}, {"distance", distance}}, short_recipe(options)});
    setting.recipe.views.split = views::PatchesOptions{.size = 12, .distance = distance};
  }
  sweep(notebook, settings, options);
  draw_family(notebook, settings, "patches");
  conclude_peak(notebook, settings, "patches");
}

void run_augmentation(Notebook& notebook, const StudyOptions& options) {
  std::vector<double> scales = {0.95, 0.7, 0.5, 0.3, 0.15, 0.08};
  if (options.quick) scales = {0.9, 0.4, 0.1};
  std::vector<Setting> settings;
  for (const double scale : scales) {
    Setting& setting = settings.emplace_back(
        Setting{{{"family", "augmentation"}, {"least_area", scale}}, short_recipe(options)});
    setting.recipe.views.split = views::AugmentedOptions{};
    setting.recipe.views.augmentation =
        views::AugmentationOptions{.crop = views::Crop::random_resized,
                                   .scale = {scale, 1.0},
                                   .flip_probability = 0.5,
                                   .brightness = 1 - scale,
                                   .contrast = 1 - scale};
  }
  // What two augmentations share is measured between augmented held-out samples.
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed) {
    for (const Setting& setting : settings) {
      notebook.row(key_of(setting, seed, options), [&] {
        training::TrainingData data =
            short_data(setting.recipe, training_samples(options), held_out_samples(options));
        Trained trained = train_short(setting.recipe, data, seed, notebook.folder());
        json values = judge(trained.encoders, data);  // accuracy: of samples as they are
        data.evaluate_transform = data.train_transform;
        const json augmented = judge(trained.encoders, data);
        for (const char* column : {"bound_nats", "critic_temperature", "alignment"})
          values[column] = augmented.at(column);
        values["seconds"] = trained.seconds;
        return values;
      });
    }
  }
  draw_family(notebook, settings, "augmentation");
  conclude_peak(notebook, settings, "augmentation");
}

/// Accuracy of probes on the first view's representation, one for each factor.
json probe_factors(std::vector<encoders::Encoder>& encoders, const training::TrainingData& data) {
  const auto features = [&](const std::shared_ptr<const data::Dataset>& part) {
    data::Loader loader(part, data.evaluate_transform,
                        {.batch_size = 500, .shuffle = false, .drop_last = false});
    return evaluation::extract_features(encoders, loader);
  };
  const evaluation::Features train = features(data.train), held_out = features(data.held_out);
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
    const std::int64_t classes = factor == Factor::garment    ? 10
                                 : factor == Factor::position ? CompositeViews::places
                                                              : CompositeViews::textures;
    values["probe_" + name(factor)] =
        evaluation::fit_linear_probe(train.representations[0], labels(train, factor), classes,
                                     {.penalties = {300, 30, 3}})
            .accuracy(held_out.representations[0], labels(held_out, factor));
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

void measure_composite(Notebook& notebook, const StudyOptions& options,
                       const std::vector<Factor>& shared, std::int64_t seed) {
  training::Recipe recipe = short_recipe(options);
  recipe.encoder.strides = {2, 2, 2};
  json key = composite_key(shared);
  key.update(
      {{"seed", seed}, {"samples", training_samples(options)}, {"epochs", recipe.train.epochs}});
  notebook.row(key, [&] {
    training::TrainingData data =
        short_data(recipe, training_samples(options), held_out_samples(options));
    data.train_transform = std::make_shared<CompositeViews>(data.train, shared);
    data.evaluate_transform = std::make_shared<CompositeViews>(data.held_out, shared);
    Trained trained = train_short(recipe, data, seed, notebook.folder());
    json values = judge(trained.encoders, data);
    values.update(probe_factors(trained.encoders, data));
    values["seconds"] = trained.seconds;
    return values;
  });
}

void conclude_task(Notebook& notebook, const std::vector<std::vector<Factor>>& sets, Factor task) {
  const std::string column = "probe_" + name(task);
  const json alone = composite_key({task}), all = composite_key(sets.back());
  std::string best;
  double highest = 0;
  for (const auto& set : sets) {
    const double mean = over_seeds(notebook.rows(), composite_key(set), column).mean;
    if (mean > highest) {
      highest = mean;
      best = title(set);
    }
  }
  const auto gain = difference(notebook.rows(), alone, all, column);
  notebook.conclude(
      {fmt::format("To tell the {}, views that share it alone are better than views that share "
                   "everything.",
                   name(task)),
       fmt::format(
           "{} points more ({} % against {} %); the best of all share {} ({:.1f} %)",
           plus_minus(gain, 2, 100), plus_minus(over_seeds(notebook.rows(), alone, column), 1, 100),
           plus_minus(over_seeds(notebook.rows(), all, column), 1, 100), best, 100 * highest),
       positive(gain)});
}

void run_composite(Notebook& notebook, const StudyOptions& options) {
  std::vector<std::vector<Factor>> sets = all_shared();
  if (options.quick) sets = {sets[0], sets[1], sets[2], sets.back()};
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed)
    for (const auto& set : sets) measure_composite(notebook, options, set, seed);
  Figure figure{.name = "composite",
                .title = "Three tasks against what composite views share",
                .x_label = "bound on I(v₁; v₂), bits, held out",
                .y_label = "accuracy, %",
                .series = {}};
  for (const Factor task : factors) {
    Series series{.label = name(task), .points = {}, .joined = false};
    for (const auto& set : sets) {
      Point at =
          point(0, over_seeds(notebook.rows(), composite_key(set), "probe_" + name(task)), 100);
      at.x = bits * over_seeds(notebook.rows(), composite_key(set), "bound_nats").mean;
      series.points.push_back(at);
    }
    figure.series.push_back(std::move(series));
    conclude_task(notebook, sets, task);
  }
  notebook.add(std::move(figure));
}

}  // namespace

void run_sweet_spot(Notebook& notebook, const StudyOptions& options) {
  run_patches(notebook, options);
  run_augmentation(notebook, options);
  run_composite(notebook, options);
}

}  // namespace cmc::studies
