#include "cmc/advice/sweep.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "cmc/advice/fingerprint.h"

namespace cmc::advice {

using nlohmann::json;

Trained train_setting(const Setting& setting, const runs::Setup& setup, std::int64_t seed) {
  return train_short(short_model(setting.recipe, setup, seed), setting.recipe, setup, seed);
}

json key_of(const Setting& setting, std::int64_t seed, const SweepOptions& options) {
  json key = setting.key;
  key.update(options.conditions);
  const training::TrainOptions& train = setting.recipe.train;
  key["seed"] = seed;
  key[train.steps > 0 ? "steps" : "epochs"] = train.steps > 0 ? train.steps : train.epochs;
  key["recipe"] = fingerprint(setting.recipe);
  return key;
}

void sweep(Notebook& notebook, const std::vector<Setting>& settings, const SweepOptions& options) {
  for (std::int64_t seed = 1; seed <= options.seeds; ++seed) {
    for (const Setting& setting : settings) {
      notebook.row(key_of(setting, seed, options), [&] {
        const runs::Setup setup = options.set_up(setting);
        Trained trained = options.train(setting, setup, seed);
        json values = options.judge(setting, trained, setup);
        values.update(trained.measured);
        values["seconds"] = trained.seconds;
        return values;
      });
    }
  }
}

Series curve(const Notebook& notebook, const std::vector<Setting>& settings,
             const std::string& name, const std::string& column, const std::string& label,
             double scale) {
  Series series;
  series.label = label;
  for (const Setting& setting : settings)
    series.points.push_back(point(setting.key.at(name).get<double>(),
                                  over_seeds(notebook.rows(), setting.key, column), scale));
  return series;
}

const Setting& best_of(const Notebook& notebook, const std::vector<Setting>& settings,
                       const std::string& column) {
  const Setting* best = nullptr;
  double highest = 0;
  for (const Setting& setting : settings) {
    const double mean = over_seeds(notebook.rows(), setting.key, column).mean;
    if (!best || mean > highest) {
      best = &setting;
      highest = mean;
    }
  }
  return *best;
}

std::map<std::int64_t, double> best_by_other_seeds(const Notebook& notebook,
                                                   const std::vector<Setting>& settings,
                                                   const std::string& column) {
  std::vector<std::map<std::int64_t, double>> values;
  for (const Setting& setting : settings)
    values.push_back(by_seed(notebook.rows(), setting.key, column));
  std::map<std::int64_t, double> chosen;
  for (const auto& [seed, own] : values.front()) {
    double best = -std::numeric_limits<double>::infinity();
    for (const auto& of_setting : values) {
      double others = 0;
      for (const auto& [other, value] : of_setting)
        if (other != seed || of_setting.size() == 1) others += value;
      if (others > best) {
        best = others;
        chosen[seed] = of_setting.at(seed);
      }
    }
  }
  return chosen;
}

information::ConfidenceInterval difference_of_best(const Notebook& notebook,
                                                   const std::vector<Setting>& a,
                                                   const std::vector<Setting>& b,
                                                   const std::string& column) {
  const auto first = best_by_other_seeds(notebook, a, column);
  const auto second = best_by_other_seeds(notebook, b, column);
  std::vector<double> values;
  for (const auto& [seed, value] : first) values.push_back(value - second.at(seed));
  return information::confidence_interval(values);
}

}  // namespace cmc::advice
