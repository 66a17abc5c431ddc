#include "cmc/advice/advise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/advice/fingerprint.h"
#include "cmc/advice/results.h"
#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/files/atomic_file.h"
#include "cmc/information/geometry.h"

namespace cmc::advice {
namespace {

using information::ConfidenceInterval;
using nlohmann::json;

constexpr const char* accuracy = "probe_all";
constexpr const char* rank = "representation_rank";

std::int64_t labels_in(const data::Dataset& part) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < part.size(); ++i) count += part.label(i) != data::no_label;
  return count;
}

/// Whether a probe can choose: two classes or more, and some labels on both sides.
bool probes(const data::Splits& parts) {
  constexpr std::int64_t enough = 20;
  return parts.train->classes().size() >= 2 && labels_in(*parts.train) >= enough &&
         labels_in(*parts.test) >= enough;
}

/// Mean over views of the effective rank of the held-out representations (of at most 1,024 samples
/// at even distances: it takes a singular value decomposition).
double representation_rank(const HeldOutFeatures& features) {
  double sum = 0;
  for (std::size_t v = 0; v < features.views.size(); ++v) {
    at::Tensor rows = features.held_out.representations[v];
    if (features.held_out.present.defined())
      rows = rows.index_select(
          0,
          features.held_out.present.select(1, static_cast<std::int64_t>(v)).nonzero().squeeze(1));
    sum += information::effective_rank(
        rows.index_select(0, evaluation::evenly_spaced(rows.size(0), 1024)));
  }
  return sum / static_cast<double>(features.views.size());
}

std::vector<contrast::ViewPair> contrasted_pairs(const recipe::Recipe& recipe,
                                                 const runs::Setup& setup) {
  return recipe::objective_options(recipe.contrast, data::view_names(*setup.train_transform),
                                   setup.encoders.front().embedding_dim, setup.data.train->size(),
                                   0)
      .graph.pairs;
}

json judge_value(Trained& trained, const runs::Setup& setup, const recipe::Recipe& recipe,
                 std::int64_t fitting_samples) {
  const bool labelled = probes(setup.data);
  const data::Splits parts{
      .train = data::spread(labelled ? data::labelled(setup.data.train) : setup.data.train,
                            fitting_samples),
      .test = setup.data.test};
  json values = shared_information(judged_features(trained.encoders, parts, setup.train_transform),
                                   contrasted_pairs(recipe, setup));
  const HeldOutFeatures features =
      judged_features(trained.encoders, parts, setup.evaluate_transform);
  values[rank] = representation_rank(features);
  if (labelled) values[accuracy] = probe_all(features);
  values["choosing_samples"] = parts.test->size();
  return values;
}

std::vector<Setting> settings_of(const ViewFamily& family, std::int64_t steps) {
  std::vector<Setting> settings;
  for (std::size_t i = 0; i < family.values.size(); ++i)
    settings.push_back(
        {{{"key", family.key}, {"value", family.values[i]}}, shortened(family.recipes[i], steps)});
  return settings;
}

void measure(Notebook& notebook, const std::vector<Setting>& settings,
             const AdviseOptions& options) {
  SweepOptions sweeping{.seeds = options.seeds};
  sweeping.conditions = {{"data", fingerprint(runs::set_up(settings[0].recipe).data)},
                         {"choosing", options.choosing_samples},
                         {"fitting", options.fitting_samples}};
  sweeping.set_up = [&](const Setting& setting) {
    runs::Setup setup = runs::set_up(setting.recipe);
    setup.data = choosing_parts(setup.data.train, options.choosing_samples);
    return setup;
  };
  sweeping.train = train_setting;
  sweeping.judge = [&](const Setting& setting, Trained& trained, const runs::Setup& setup) {
    return judge_value(trained, setup, setting.recipe, options.fitting_samples);
  };
  sweep(notebook, settings, sweeping);
}

/// The best; where the values make no difference, what the recipe has, if it was tried.
std::size_t proposed(const Advice& advice, const ViewFamily& family) {
  const PeakShape shape = advice.peak.shape;
  if (shape == PeakShape::flat || shape == PeakShape::unknown) {
    const std::string own = recipe::to_toml(family.recipe);
    for (std::size_t i = 0; i < family.values.size(); ++i) {
      if (recipe::to_toml(family.recipes[i]) != own) continue;
      const auto found = std::ranges::find(advice.values, family.values[i], &AdvisedValue::value);
      return static_cast<std::size_t>(found - advice.values.begin());
    }
  }
  return advice.peak.best;
}

void write_recipe(const Advice& advice, const ViewFamily& family) {
  const std::string& value = advice.values[advice.proposed].value;
  const auto place = std::ranges::find(family.values, value) - family.values.begin();
  recipe::Recipe recipe = family.recipes[static_cast<std::size_t>(place)];
  recipe.name += "-advised";
  files::write_atomically(
      advice.recipe, fmt::format("# {} with {} = {}: {}\n{}", family.recipe.name, family.key, value,
                                 reason(advice), recipe::to_toml(recipe)));
}

Advice advice_of(const Notebook& notebook, const std::vector<Setting>& settings,
                 const ViewFamily& family) {
  const json& any = notebook.rows().front();
  Advice advice{.key = family.key,
                .labelled = any.contains(accuracy),
                .choosing_samples = any.at("choosing_samples"),
                .values = {},
                .peak = {},
                .findings = {},
                .recipe = notebook.folder() / "recipe.toml",
                .page = notebook.folder() / "index.html"};
  const char* quality = advice.labelled ? accuracy : rank;
  advice.peak = find_peak(notebook, settings, quality);
  const json& best = advice.peak.settings[advice.peak.best].key;
  for (const Setting& setting : advice.peak.settings) {
    const auto over = [&](const char* column) {
      return over_seeds(notebook.rows(), setting.key, column);
    };
    advice.values.push_back({.value = setting.key.at("value"),
                             .nats = over("bound_nats"),
                             .quality = over(quality),
                             .from_best = difference(notebook.rows(), setting.key, best, quality),
                             .ceiling_nats = std::log1p(over("bound_k").mean),
                             .seconds = over("seconds").mean});
  }
  advice.proposed = proposed(advice, family);
  return advice;
}

void conclude(Notebook& notebook, Advice& advice) {
  advice.findings = findings_of(advice);
  notebook.conclude({"Which of these views is trained with makes a difference.",
                     choice_finding(advice), positive(advice.peak.gain)});
  const bool end = advice.peak.shape == PeakShape::least || advice.peak.shape == PeakShape::most;
  notebook.conclude({"The best lies between the ends of the family.", shape_finding(advice),
                     advice.peak.shape == PeakShape::inside ? Outcome::held
                     : end                                  ? Outcome::not_held
                                                            : Outcome::open});
}

void draw(Notebook& notebook, const Advice& advice) {
  std::vector<std::string> labels;
  for (const AdvisedValue& value : advice.values) labels.push_back(value.value);
  Figure figure = peak_figure(notebook, advice.peak, labels, advice.labelled ? accuracy : rank,
                              advice.labelled ? 100 : 1);
  figure.name = "advise";
  figure.title = fmt::format("{}: what the views share, and what is learned", advice.key);
  figure.y_label =
      advice.labelled ? "accuracy, held out of the training part, %" : "effective rank (proxy)";
  notebook.add(std::move(figure));
}

}  // namespace

data::Splits choosing_parts(const std::shared_ptr<const data::Dataset>& train, std::int64_t most) {
  const double fraction =
      std::min(0.2, static_cast<double>(most) / static_cast<double>(train->size()));
  std::vector<std::int64_t> rest, chosen;
  // Hashed with a word of its own: the bare names may have chosen the test part already.
  for (std::int64_t i = 0; i < train->size(); ++i)
    (data::is_held_out("advise " + train->group(i), fraction) ? chosen : rest).push_back(i);
  check(rest.size() >= 2 && chosen.size() >= 3,
        "{} training samples (whole groups of them) part into {} that train and {} that choose; 2 "
        "and 3 are needed",
        train->size(), rest.size(), chosen.size());
  return {.train = std::make_shared<data::Subset>(train, std::move(rest)),
          .test = std::make_shared<data::Subset>(train, std::move(chosen))};
}

Advice advise(const ViewFamily& family, const std::filesystem::path& folder,
              const AdviseOptions& options) {
  check(options.steps > 0 && options.seeds > 0, "{} steps and {} seeds: each must be 1 or more",
        options.steps, options.seeds);
  check_views_differ(family);
  Notebook notebook(folder, options.progress);
  const std::vector<Setting> settings = settings_of(family, options.steps);
  measure(notebook, settings, options);
  Advice advice = advice_of(notebook, settings, family);
  conclude(notebook, advice);
  draw(notebook, advice);
  write_recipe(advice, family);
  write_results(notebook,
                {.name = "advise",
                 .question = fmt::format("{}: how much should the views share? Proposed: {} = {} "
                                         "({}).",
                                         family.recipe.name, family.key,
                                         advice.values[advice.proposed].value, reason(advice)),
                 .seeds = options.seeds});
  return advice;
}

}  // namespace cmc::advice
