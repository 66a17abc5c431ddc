#include <fmt/format.h>

#include <algorithm>

#include "cmc/advice/peak.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/information/units.h"
#include "studies/composite_views.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"

// Claim (Tian et al. 2020, arXiv 2005.10243, section 4.2): views that share more than a task needs
// serve it worse. What counts: 5 points of accuracy between views that share a task's factor alone
// and views that share all three. A pilot of one seed had 21 points for the garment and 7 for the
// place, and the probes' own error is 0.7 points (5,000 samples): three seeds tell 5 points with
// power 0.8 where seeds differ by less than 2.

namespace cmc::studies {
namespace {

using information::bits_per_nat;
using nlohmann::json;

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
    if (!options.quick) setting.recipe.train.epochs = 20;
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

/// A task's accuracy by what the views share, a row a set.
void add_table(advice::Notebook& notebook, const std::vector<std::vector<Factor>>& sets) {
  std::string text = fmt::format("{:36} {:>9}", "accuracy, %; views share", "bits");
  for (const Factor task : factors) text += fmt::format(" {:>12}", name(task));
  for (const auto& set : sets) {
    const auto of = [&](const std::string& column) {
      return advice::over_seeds(notebook.rows(), composite_key(set), column);
    };
    text += fmt::format("\n  {:34} {:9.2f}", title(set), bits_per_nat * of("bound_nats").mean);
    for (const Factor task : factors)
      text += fmt::format(" {:>12}", advice::plus_minus(of("probe_" + name(task)), 1, 100));
  }
  notebook.add_table(text);
}

/// Whether views that share a task's factor alone serve it better than views that share all, and
/// than any other set.
void conclude_task(advice::Notebook& notebook, const std::vector<std::vector<Factor>>& sets,
                   Factor task) {
  const std::string column = "probe_" + name(task);
  const json alone = composite_key({task}), all = composite_key(sets.back());
  const auto percent = [&](const json& key) {
    return fmt::format("{} % sharing {}",
                       advice::plus_minus(advice::over_seeds(notebook.rows(), key, column), 1, 100),
                       key.at("shared").get<std::string>());
  };
  const auto loss = advice::difference(notebook.rows(), alone, all, column);
  notebook.conclude(verdict_on_gains(
      fmt::format("Views that share more than the {} serve its task worse: sharing all three "
                  "costs accuracy.",
                  name(task)),
      fmt::format("{} points less than sharing it alone: {}, and {}",
                  advice::plus_minus(loss, 1, 100), percent(alone), percent(all)),
      {loss}, 0, 100));
  std::vector<advice::Setting> others;
  for (const auto& set : sets)
    if (composite_key(set) != alone) others.push_back({composite_key(set), {}});
  const auto gain = advice::difference_of_best(notebook, {{alone, {}}}, others, column);
  notebook.conclude(verdict_on_gains(
      fmt::format("To predict the {}, the best views share it and nothing else.", name(task)),
      fmt::format("{} points more than the best others (chosen by the other seeds), of which the "
                  "best is {}",
                  advice::plus_minus(gain, 2, 100),
                  percent(advice::best_of(notebook, others, column).key)),
      {gain}, 0, 100));
}

}  // namespace

void run_composite(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<std::vector<Factor>> sets = all_shared();
  if (options.quick) sets = {sets[0], sets[1], sets[2], sets.back()};
  measure_composite(notebook, options, sets);
  add_table(notebook, sets);
  advice::Figure figure{.name = "tasks",
                        .title = "Three tasks against what composite views share",
                        .x_label = "bound on I(v₁; v₂), bits, held out",
                        .y_label = "accuracy, %",
                        .series = {}};
  for (const Factor task : factors) {
    advice::Series series{.label = name(task), .points = {}, .joined = false};
    for (const auto& set : sets) {
      advice::Point at = advice::point(
          0, advice::over_seeds(notebook.rows(), composite_key(set), "probe_" + name(task)), 100);
      at.x =
          bits_per_nat * advice::over_seeds(notebook.rows(), composite_key(set), "bound_nats").mean;
      series.points.push_back(at);
    }
    figure.series.push_back(std::move(series));
    conclude_task(notebook, sets, task);
  }
  notebook.add(std::move(figure));
}

}  // namespace cmc::studies
