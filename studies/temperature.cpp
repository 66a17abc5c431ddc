#include <fmt/format.h>

#include "studies/sweep.h"

namespace cmc::studies {

void run_temperature(Notebook& notebook, const StudyOptions& options) {
  std::vector<double> values = {0.02, 0.05, 0.1, 0.2, 0.5, 1.0};
  if (options.quick) values = {0.02, 0.1, 1.0};
  std::vector<Setting> settings;
  for (const double value : values) {
    Setting& setting =
        settings.emplace_back(Setting{{{"temperature", value}}, short_recipe(options)});
    setting.recipe.contrast.temperature = value;
  }
  sweep(notebook, settings, options);
  // The same trainings, stopped at a quarter of the budget: how fast each τ gets there.
  std::vector<Setting> early = settings;
  for (Setting& setting : early) {
    setting.recipe.train.epochs = std::max<std::int64_t>(1, setting.recipe.train.epochs / 4);
    setting.key["budget"] = "a quarter";
  }
  sweep(notebook, early, options);

  const auto over = [&](const std::vector<Setting>& of, const char* column, const char* label,
                        double scale) {
    return curve(notebook, of, "temperature", column, label, scale);
  };
  // Rows of the full budget only: those of a quarter carry a key of their own.
  std::vector<Setting> full = settings;
  for (Setting& setting : full) setting.key["epochs"] = setting.recipe.train.epochs;
  notebook.add({.name = "accuracy",
                .title = "Linear probe against τ",
                .x_label = "τ",
                .y_label = "accuracy, %",
                .logarithmic_x = true,
                .series = {over(full, "probe_all", "whole budget", 100),
                           over(early, "probe_all", "a quarter", 100)}});
  notebook.add({.name = "geometry",
                .title = "Uniformity and tolerance against τ",
                .x_label = "τ",
                .y_label = "−uniformity; 10 × tolerance, alignment",
                .logarithmic_x = true,
                .series = {over(full, "uniformity", "−uniformity", -1),
                           over(full, "tolerance", "tolerance", 10),
                           over(full, "alignment", "alignment", 10)}});

  const auto uniformity =
      difference(notebook.rows(), full.back().key, full.front().key, "uniformity");
  notebook.conclude({"A small τ makes embeddings more uniform (Wang and Liu).",
                     fmt::format("uniformity at τ = {} less that at {}: {}", values.back(),
                                 values.front(), plus_minus(uniformity, 2)),
                     positive(uniformity)});
  const auto tolerance =
      difference(notebook.rows(), full.back().key, full.front().key, "tolerance");
  notebook.conclude({"A large τ tolerates samples of one class (Wang and Liu).",
                     fmt::format("tolerance at τ = {} less that at {}: {}", values.back(),
                                 values.front(), plus_minus(tolerance, 3)),
                     positive(tolerance)});
  const Setting& best = best_of(notebook, full, "probe_all");
  for (const Setting* end : {&full.front(), &full.back()}) {
    if (end == &best) {
      notebook.conclude({"The best τ lies between the ends.",
                         fmt::format("the best is the end τ = {}", best.key["temperature"].dump()),
                         Outcome::not_held});
      continue;
    }
    const auto gain = difference(notebook.rows(), best.key, end->key, "probe_all");
    notebook.conclude({fmt::format("The best τ, {}, beats τ = {}.", best.key["temperature"].dump(),
                                   end->key["temperature"].dump()),
                       fmt::format("{} points of accuracy more", plus_minus(gain, 2, 100)),
                       positive(gain)});
  }
  const Setting& fast = best_of(notebook, early, "probe_all");
  notebook.conclude(
      {"τ changes how fast training gets there.",
       fmt::format("after a quarter of the budget τ = {} is the best, with {} % of a "
                   "whole budget's best {} %",
                   fast.key["temperature"].dump(),
                   plus_minus(over_seeds(notebook.rows(), fast.key, "probe_all"), 1, 100),
                   plus_minus(over_seeds(notebook.rows(), best.key, "probe_all"), 1, 100)),
       fast.key["temperature"] != early.back().key["temperature"] ? Outcome::held : Outcome::open});
}

}  // namespace cmc::studies
