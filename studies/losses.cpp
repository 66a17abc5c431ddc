#include <fmt/format.h>

#include "studies/sweep.h"

namespace cmc::studies {
namespace {

struct Kind {
  std::string loss;
  std::string name;
};

const std::vector<Kind> kinds = {{"k_pair", "k-pair"},
                                 {"nt_xent", "NT-Xent"},
                                 {"logistic", "logistic NCE"},
                                 {"nce", "the paper's NCE"},
                                 {"triplet", "triplet"}};

std::vector<Setting> settings_of(const Kind& kind, const StudyOptions& options) {
  const bool triplet = kind.loss == "triplet";
  std::vector<double> values = triplet ? std::vector{0.2, 0.5, 1.0} : std::vector{0.05, 0.1, 0.3};
  if (options.quick) values = {triplet ? 0.5 : 0.1};
  std::vector<Setting> settings;
  for (const double value : values) {
    const std::string what = triplet ? "margin" : "temperature";
    Setting& setting =
        settings.emplace_back(Setting{{{"loss", kind.loss}, {what, value}}, short_recipe(options)});
    setting.recipe.contrast.loss = kind.loss;
    (triplet ? setting.recipe.contrast.margin : setting.recipe.contrast.temperature) = value;
    setting.recipe.contrast.mining = "semi_hard";
  }
  return settings;
}

}  // namespace

void run_losses(Notebook& notebook, const StudyOptions& options) {
  std::vector<Setting> best;
  Figure figure{.name = "accuracy",
                .title = "Linear probe of each loss at its best τ or margin",
                .x_label = "1 k-pair, 2 NT-Xent, 3 logistic, 4 NCE, 5 triplet",
                .y_label = "accuracy, %",
                .series = {}};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::vector<Setting> settings = settings_of(kinds[i], options);
    sweep(notebook, settings, options);
    best.push_back(best_of(notebook, settings, "probe_all"));
    Series series{.label = kinds[i].name, .points = {}, .joined = false};
    series.points.push_back(point(static_cast<double>(i + 1),
                                  over_seeds(notebook.rows(), best.back().key, "probe_all"), 100));
    figure.series.push_back(series);
  }
  notebook.add(figure);
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const auto gain = difference(notebook.rows(), best[0].key, best[i].key, "probe_all");
    notebook.conclude({fmt::format("The k-pair loss beats {}.", kinds[i].name),
                       fmt::format("{} points of accuracy more, each at its best of those tried",
                                   plus_minus(gain, 2, 100)),
                       positive(gain)});
  }
}

}  // namespace cmc::studies
