#include "studies/advise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>

#include "cmc/data/atomic_file.h"
#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/information/geometry.h"
#include "cmc/report/text_table.h"
#include "studies/results.h"

namespace cmc::studies {
namespace {

using information::ConfidenceInterval;
using nlohmann::json;

constexpr double bits = 1 / std::numbers::ln2;
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

/// Mean over views of the effective rank of the held-out representations (of at most 1,024 samples:
/// it takes a singular value decomposition).
double representation_rank(const JudgedFeatures& features) {
  double sum = 0;
  for (std::size_t v = 0; v < features.views.size(); ++v) {
    at::Tensor rows = features.held_out.representations[v];
    if (features.held_out.present.defined())
      rows = rows.index_select(
          0,
          features.held_out.present.select(1, static_cast<std::int64_t>(v)).nonzero().squeeze(1));
    sum +=
        information::effective_rank(rows.narrow(0, 0, std::min<std::int64_t>(1024, rows.size(0))));
  }
  return sum / static_cast<double>(features.views.size());
}

std::vector<contrast::ViewPair> contrasted_pairs(const training::Recipe& recipe,
                                                 const training::Setup& setup) {
  std::vector<std::string> names;
  for (const data::ViewShape& view : setup.train_transform->views()) names.push_back(view.name);
  return training::objective_options(recipe.contrast, names, setup.encoders.front().embedding_dim,
                                     setup.data.train->size(), 0)
      .graph.pairs;
}

json judge_value(Trained& trained, const training::Setup& setup, const training::Recipe& recipe,
                 std::int64_t fitting_samples) {
  const bool labelled = probes(setup.data);
  const data::Splits parts{
      .train = data::spread(labelled ? data::labelled(setup.data.train) : setup.data.train,
                            fitting_samples),
      .test = setup.data.test};
  json values = shared_information(judged_features(trained.encoders, parts, setup.train_transform),
                                   contrasted_pairs(recipe, setup));
  const JudgedFeatures features =
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
  SweepOptions sweeping = sweep_options(notebook, {});
  sweeping.seeds = options.seeds;
  sweeping.conditions = {{"choosing", options.choosing_samples},
                         {"fitting", options.fitting_samples}};
  sweeping.set_up = [&](const Setting& setting) {
    training::Setup setup = training::set_up(setting.recipe);
    setup.data = choosing_parts(setup.data.train, options.choosing_samples);
    return setup;
  };
  sweeping.judge = [&](const Setting& setting, Trained& trained, const training::Setup& setup) {
    return judge_value(trained, setup, setting.recipe, options.fitting_samples);
  };
  sweep(notebook, settings, sweeping);
}

/// Sentences on what was found.
class Findings {
 public:
  explicit Findings(const Advice& advice) : advice_(advice) {}

  std::string quality(const ConfidenceInterval& interval) const {
    return advice_.labelled ? plus_minus(interval, 2, 100) + " points of accuracy"
                            : plus_minus(interval, 2) + " of effective rank";
  }
  std::string setting(std::size_t i) const {
    return fmt::format("{} = {}", advice_.key, advice_.values[i].value);
  }
  std::string shared(std::size_t i) const {
    return plus_minus(advice_.values[i].nats, 2, bits) + " bits";
  }

  std::string shape() const {
    const std::size_t best = advice_.peak.best, last = advice_.values.size() - 1;
    const std::string end = fmt::format(
        "the peak is at an end of the family, {} ({}): the best may lie beyond it. Vary further on "
        "that side",
        setting(best), shared(best));
    switch (advice_.peak.shape) {
      case PeakShape::unknown:
        return fmt::format(
            "one seed tells no error bars: {} is the highest, which may be chance. Give --seeds 3",
            setting(best));
      case PeakShape::flat:
        return fmt::format(
            "the curve is flat: the best of these values, chosen by the other seeds, is only {} "
            "above their mean, within the error bars. How much these views share makes no "
            "difference that this budget shows",
            quality(advice_.peak.gain));
      case PeakShape::least:
      case PeakShape::most:
        return end;
      case PeakShape::inside:
        return fmt::format(
            "the peak lies inside the family, at {} ({}): the best between the ends is {} above {} "
            "and {} above {}, outside the error bars of both",
            setting(best), shared(best), quality(advice_.peak.over_least), setting(0),
            quality(advice_.peak.over_most), setting(last));
      case PeakShape::open:
        break;
    }
    std::string untold;
    const auto add = [&](const ConfidenceInterval& over, std::size_t i) {
      if (positive(over) == Outcome::open)
        untold +=
            fmt::format("{}{} ({})", untold.empty() ? "" : " and from ", setting(i), quality(over));
    };
    add(advice_.peak.over_least, 0);
    add(advice_.peak.over_most, last);
    return fmt::format(
        "the values differ, but the peak is not outside the error bars of an end: the highest is "
        "{}, and the best between the ends is not told from {}. More --seeds or --steps would tell",
        setting(best), untold);
  }

  std::string choice() const {
    return fmt::format("choosing among these values gains {} over their mean",
                       quality(advice_.peak.gain));
  }

  /// Empty where none was fitted.
  std::string parabola() const {
    const Peak& peak = advice_.peak;
    if (!peak.parabola) return "";
    const Parabola& fit = *peak.parabola;
    const std::string close =
        advice_.values.size() == 3
            ? "through all three values"
            : fmt::format("at most {:.1f} standard errors from a value{}", fit.misfit,
                          fit.misfit > 3 ? ", so that the curve is no parabola" : "");
    if (!fit.peak)
      return fmt::format("the fitted parabola ({}) does not bend down: it has no peak", close);
    const double low = advice_.values.front().nats.mean, high = advice_.values.back().nats.mean;
    const std::string where = fit.peak->x < low    ? ", below all that was tried"
                              : fit.peak->x > high ? ", above all that was tried"
                                                   : between(fit.peak->x);
    return fmt::format("the fitted parabola ({}) is highest at {:.2f} ± {:.2f} bits{}", close,
                       fit.peak->x * bits, 1.96 * fit.peak->error * bits, where);
  }

  /// Empty unless the bound of a value is near what it can say.
  std::string ceiling() const {
    for (std::size_t i = 0; i < advice_.values.size(); ++i) {
      const AdvisedValue& value = advice_.values[i];
      if (value.nats.mean > 0.95 * value.ceiling_nats)
        return fmt::format(
            "the bound of {} is at {:.0f} % of its ceiling, {:.1f} bits: it says only that the "
            "views share at least that much, and places such values too far to the left",
            setting(i), 100 * value.nats.mean / value.ceiling_nats, value.ceiling_nats * bits);
    }
    return "";
  }

 private:
  std::string between(double nats) const {
    for (std::size_t i = 0; i + 1 < advice_.values.size(); ++i)
      if (nats <= advice_.values[i + 1].nats.mean)
        return fmt::format(", between {} and {}", setting(i), setting(i + 1));
    return "";
  }

  const Advice& advice_;
};

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

/// The best; where the values make no difference, what the recipe has, if it was tried.
std::size_t proposed(const Advice& advice, const ViewFamily& family) {
  const PeakShape shape = advice.peak.shape;
  if (shape == PeakShape::flat || shape == PeakShape::unknown) {
    const std::string own = training::to_toml(family.recipe);
    for (std::size_t i = 0; i < family.values.size(); ++i) {
      if (training::to_toml(family.recipes[i]) != own) continue;
      const auto found = std::ranges::find(advice.values, family.values[i], &AdvisedValue::value);
      return static_cast<std::size_t>(found - advice.values.begin());
    }
  }
  return advice.peak.best;
}

std::string reason(const Advice& advice) {
  const bool best = advice.proposed == advice.peak.best;
  switch (advice.peak.shape) {
    case PeakShape::inside:
      return "the best, outside the error bars of both ends";
    case PeakShape::least:
    case PeakShape::most:
      return "the best of those tried, at an end of them";
    case PeakShape::open:
      return "the highest mean, not told from every other";
    case PeakShape::flat:
      return best ? "the highest mean, by no more than chance"
                  : "as the recipe has it: none is better";
    case PeakShape::unknown:
      break;
  }
  return best ? "the highest, of one seed" : "as the recipe has it: one seed tells nothing";
}

void write_recipe(const Advice& advice, const ViewFamily& family) {
  const std::string& value = advice.values[advice.proposed].value;
  const auto place = std::ranges::find(family.values, value) - family.values.begin();
  training::Recipe recipe = family.recipes[static_cast<std::size_t>(place)];
  recipe.name += "-advised";
  data::write_atomically(
      advice.recipe, fmt::format("# {} with {} = {}: {}\n{}", family.recipe.name, family.key, value,
                                 reason(advice), training::to_toml(recipe)));
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
  const Findings findings(advice);
  for (const std::string& finding : {findings.shape(), findings.parabola(), findings.ceiling()})
    if (!finding.empty()) advice.findings.push_back(capitalised(finding));
  if (!advice.labelled)
    advice.findings.push_back(
        "There are no labels to choose by. The effective rank stands in: how many directions the "
        "representations use about evenly (RankMe). Directions that no task needs count as well, "
        "so check the proposal on the task.");

  notebook.conclude({"Which of these views is trained with makes a difference.", findings.choice(),
                     positive(advice.peak.gain)});
  const bool end = advice.peak.shape == PeakShape::least || advice.peak.shape == PeakShape::most;
  notebook.conclude({"The best lies between the ends of the family.", findings.shape(),
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

const char* name(PeakShape shape) {
  switch (shape) {
    case PeakShape::unknown:
      return "unknown";
    case PeakShape::flat:
      return "flat";
    case PeakShape::inside:
      return "inside";
    case PeakShape::least:
      return "at the end that shares least";
    case PeakShape::most:
      return "at the end that shares most";
    case PeakShape::open:
      return "within the error bars of an end";
  }
  return "";
}

json as_json(const ConfidenceInterval& interval) {
  return {{"mean", interval.mean}, {"low", interval.low}, {"high", interval.high}};
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

std::string advice_text(const Advice& advice) {
  std::vector<std::vector<std::string>> lines = {
      {advice.key, "bits shared", advice.labelled ? "accuracy, %" : "effective rank",
       "from the best", "s", ""}};
  const double scale = advice.labelled ? 100 : 1;
  for (std::size_t i = 0; i < advice.values.size(); ++i) {
    const AdvisedValue& value = advice.values[i];
    lines.push_back({value.value, plus_minus(value.nats, 2, bits),
                     plus_minus(value.quality, 2, scale),
                     i == advice.peak.best ? "best" : plus_minus(value.from_best, 2, scale),
                     fmt::format("{:.1f}", value.seconds), i == advice.proposed ? "proposed" : ""});
  }
  std::string text = report::text_table(lines, 1);
  text += fmt::format(
      "Held out: {} samples of the training part, which neither encoders nor probe learned from; "
      "the test part was not used.\n",
      advice.choosing_samples);
  for (const std::string& finding : advice.findings) text += finding + "\n";
  text += fmt::format("Proposed: {} = {}, {}.\n", advice.key, advice.values[advice.proposed].value,
                      reason(advice));
  text += fmt::format("{}\nNext: cmc train {}\n", advice.page.string(), advice.recipe.string());
  return text;
}

json to_json(const Advice& advice) {
  json values = json::array();
  for (const AdvisedValue& value : advice.values)
    values.push_back({{"value", value.value},
                      {"bound_nats", as_json(value.nats)},
                      {"ceiling_nats", value.ceiling_nats},
                      {"quality", as_json(value.quality)},
                      {"from_best", as_json(value.from_best)},
                      {"seconds", value.seconds}});
  json parabola;
  if (advice.peak.parabola && advice.peak.parabola->peak)
    parabola = {{"peak_nats", advice.peak.parabola->peak->x},
                {"standard_error_nats", advice.peak.parabola->peak->error},
                {"misfit", advice.peak.parabola->misfit}};
  return {{"key", advice.key},
          {"quality", advice.labelled ? "accuracy" : "effective rank"},
          {"choosing_samples", advice.choosing_samples},
          {"values", values},
          {"shape", name(advice.peak.shape)},
          {"gain", as_json(advice.peak.gain)},
          {"over_least", as_json(advice.peak.over_least)},
          {"over_most", as_json(advice.peak.over_most)},
          {"parabola", parabola},
          {"findings", advice.findings},
          {"proposed", advice.values[advice.proposed].value},
          {"reason", reason(advice)},
          {"recipe", advice.recipe.string()}};
}

}  // namespace cmc::studies
