#include "studies/contenders.h"

#include <fmt/format.h>

#include <utility>

#include "cmc/advice/judge.h"

namespace cmc::studies {

nlohmann::json probe_alone(const advice::Setting&, advice::Trained& trained,
                           const runs::Setup& setup) {
  return advice::probe(
      advice::judged_features(trained.encoders, setup.data, setup.evaluate_transform));
}

std::string accuracy_table(const advice::Notebook& notebook,
                           const std::vector<Contender>& contenders) {
  std::string text = fmt::format("{:38} {}", "accuracy, %, of a linear probe", "at each setting");
  for (const Contender& contender : contenders) {
    text += fmt::format("\n  {:36} {}:", contender.name, contender.varied);
    for (const advice::Setting& setting : contender.settings)
      text +=
          fmt::format("  {} {}", setting.key.at(contender.varied).dump(),
                      advice::plus_minus(
                          advice::over_seeds(notebook.rows(), setting.key, "probe_all"), 1, 100));
  }
  return text;
}

advice::Figure accuracy_figure(const advice::Notebook& notebook,
                               const std::vector<Contender>& contenders, std::string title,
                               std::string x_label) {
  advice::Figure figure{.name = "accuracy",
                        .title = std::move(title),
                        .x_label = std::move(x_label),
                        .y_label = "accuracy, %",
                        .series = {}};
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const std::vector<advice::Setting>& settings = contenders[i].settings;
    advice::Series series{
        .label = fmt::format("{} {}", i + 1, contenders[i].name), .points = {}, .joined = false};
    for (std::size_t j = 0; j < settings.size(); ++j) {
      const double beside = 0.2 * (static_cast<double>(j) - 0.5 * (settings.size() - 1.0));
      series.points.push_back(
          advice::point(static_cast<double>(i + 1) + beside,
                        advice::over_seeds(notebook.rows(), settings[j].key, "probe_all"), 100));
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

}  // namespace cmc::studies
