#include "studies/sweep.h"

namespace cmc::studies {

using nlohmann::json;

json key_of(const Setting& setting, std::int64_t seed, const StudyOptions& options) {
  json key = setting.key;
  key.update({{"seed", seed},
              {"samples", training_samples(options)},
              {"epochs", setting.recipe.train.epochs}});
  return key;
}

void sweep(Notebook& notebook, const std::vector<Setting>& settings, const StudyOptions& options) {
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed) {
    for (const Setting& setting : settings) {
      notebook.row(key_of(setting, seed, options), [&] {
        const training::TrainingData data =
            short_data(setting.recipe, training_samples(options), held_out_samples(options));
        Trained trained = train_short(setting.recipe, data, seed, notebook.folder());
        json values = judge(trained.encoders, data);
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

}  // namespace cmc::studies
