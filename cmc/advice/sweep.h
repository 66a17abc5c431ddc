#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cmc/advice/judge.h"
#include "cmc/advice/notebook.h"
#include "cmc/advice/short_training.h"

namespace cmc::advice {

/// One value of what is varied.
struct Setting {
  nlohmann::json key;  ///< such as {"temperature": 0.1}
  recipe::Recipe recipe;
};

/// How a setting and a seed become a row: samples and views, a training, a judgement.
struct SweepOptions {
  std::int64_t seeds = 3;
  /// What else belongs to every row's key, such as the data's fingerprint and the number of
  /// samples.
  nlohmann::json conditions = nlohmann::json::object();
  std::function<runs::Setup(const Setting&)> set_up = {};
  std::function<Trained(const Setting&, const runs::Setup&, std::int64_t seed)> train = {};
  /// The row's values, from what was trained.
  std::function<nlohmann::json(const Setting&, Trained&, const runs::Setup&)> judge = {};
};

/// SweepOptions::train as most sweeps have it: train_short of the model that the seed draws.
Trained train_setting(const Setting& setting, const runs::Setup& setup, std::int64_t seed);

/// The key of a setting's row: the setting's own, "seed", the conditions, the budget ("epochs" or
/// "steps") and "recipe", the recipe's fingerprint: what a folder holds of another one is not taken
/// for this one's. The conditions tell of which data: a recipe's fingerprint leaves their place
/// out.
nlohmann::json key_of(const Setting& setting, std::int64_t seed, const SweepOptions& options);

/// Trains and judges each setting with each seed: rows with key_of, judge's values, what was
/// measured on the way, and "seconds" of the training. All settings come once before a second seed.
void sweep(Notebook& notebook, const std::vector<Setting>& settings, const SweepOptions& options);

/// A curve of `column` over the settings, with x from each key's `name`.
Series curve(const Notebook& notebook, const std::vector<Setting>& settings,
             const std::string& name, const std::string& column, const std::string& label,
             double scale = 1);

/// The setting with the largest mean of `column`.
const Setting& best_of(const Notebook& notebook, const std::vector<Setting>& settings,
                       const std::string& column);

/// `column` of the best setting for each seed, where the best is the one that the other seeds find
/// best: so the choice and the figure rest on different trainings, and the best of many is not
/// flattered by chance. A single seed has no others and chooses for itself.
std::map<std::int64_t, double> best_by_other_seeds(const Notebook& notebook,
                                                   const std::vector<Setting>& settings,
                                                   const std::string& column);

/// `column` of the best of `a` less that of the best of `b`, each chosen by the other seeds, over
/// seeds.
information::ConfidenceInterval difference_of_best(const Notebook& notebook,
                                                   const std::vector<Setting>& a,
                                                   const std::vector<Setting>& b,
                                                   const std::string& column);

}  // namespace cmc::advice
