#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "studies/sweep.h"

namespace cmc::studies {

void run_negatives(Notebook& notebook, const StudyOptions& options) {
  const std::int64_t all = training_samples(options) - 1;
  std::vector<std::int64_t> ks = {16, 64, 256, 1024, 4096, all};
  if (options.quick) ks = {16, 256, all};
  std::vector<Setting> settings;
  for (const std::int64_t k : ks) {
    Setting& setting = settings.emplace_back(Setting{{{"k", k}}, short_recipe(options)});
    setting.recipe.contrast.negatives = "bank";
    setting.recipe.contrast.k = k == all ? -1 : k;
    setting.recipe.contrast.draw = "shared";
  }
  sweep(notebook, settings, sweep_options(notebook, options));
  const double bits = 1 / std::numbers::ln2;
  notebook.add({.name = "accuracy",
                .title = "Linear probe against the negatives of training",
                .x_label = "k of training",
                .y_label = "accuracy, %",
                .logarithmic_x = true,
                .series = {curve(notebook, settings, "k", "probe_all", "both halves", 100)}});
  notebook.add({.name = "bound",
                .title = "What the halves share at least, held out",
                .x_label = "k of training",
                .y_label = "bits",
                .logarithmic_x = true,
                .series = {curve(notebook, settings, "k", "bound_nats", "bound", bits)}});
  const auto &first = settings.front(), &last = settings.back();
  const auto bound = difference(notebook.rows(), last.key, first.key, "bound_nats");
  notebook.conclude(
      {"More negatives give a larger held-out bound.",
       fmt::format("k = {} against 16: {} bits more", all, plus_minus(bound, 2, bits)),
       positive(bound)});
  const auto accuracy = difference(notebook.rows(), last.key, first.key, "probe_all");
  notebook.conclude({"More negatives give a better representation.",
                     fmt::format("k = {} against 16: {} points of accuracy more", all,
                                 plus_minus(accuracy, 2, 100)),
                     positive(accuracy)});
}

}  // namespace cmc::studies
