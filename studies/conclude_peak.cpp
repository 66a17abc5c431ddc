#include "studies/conclude_peak.h"

#include <fmt/format.h>

#include "cmc/advice/peak.h"
#include "cmc/information/units.h"
#include "studies/outcomes.h"

namespace cmc::studies {

using information::bits_per_nat;

void conclude_peak(advice::Notebook& notebook, const std::vector<advice::Setting>& settings,
                   const std::string& varied) {
  constexpr double one_point = 0.01;
  const advice::Peak peak = advice::find_peak(notebook, settings, "accuracy");
  std::vector<std::string> values;
  for (const advice::Setting& setting : peak.settings)
    values.push_back(setting.key.at(varied).dump());
  advice::Figure figure = advice::peak_figure(notebook, peak, values, "accuracy", 100);
  figure.name = "peak";
  figure.title = "Accuracy against what the views share, by " + varied;
  figure.y_label = "accuracy, %";
  notebook.add(std::move(figure));

  const information::ConfidenceInterval best_bound =
      advice::over_seeds(notebook.rows(), peak.settings[peak.best].key, "bound_nats");
  notebook.conclude(verdict_on_gains(
      "Accuracy over the information that views share has an interior maximum, at least 1 point "
      "above both ends.",
      fmt::format(
          "the best between the ends (chosen by the other seeds) is {} points above the end that "
          "shares least ({} = {}) and {} above the one that shares most ({}); of all, {} is best, "
          "with {} bits",
          advice::plus_minus(peak.over_least, 2, 100), varied, values.front(),
          advice::plus_minus(peak.over_most, 2, 100), values.back(), values[peak.best],
          advice::plus_minus(best_bound, 2, bits_per_nat)),
      {peak.over_least, peak.over_most}, one_point, 100));
}

}  // namespace cmc::studies
