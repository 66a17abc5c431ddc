#pragma once

#include <functional>
#include <string>
#include <vector>

#include "studies/notebook.h"
#include "studies/short_training.h"

namespace cmc::studies {

/// One value of what is varied.
struct Setting {
  nlohmann::json key;  ///< such as {"temperature": 0.1}
  training::Recipe recipe;
};

/// The key of a setting's row: the setting's own, "seed", and the number of samples and epochs.
nlohmann::json key_of(const Setting& setting, std::int64_t seed, const StudyOptions& options);

/// Trains and judges each setting with each seed: rows with key_of and
/// judge's values with "seconds".
void sweep(Notebook& notebook, const std::vector<Setting>& settings, const StudyOptions& options);

/// A curve of `column` over the settings, with x from each key's `name`.
Series curve(const Notebook& notebook, const std::vector<Setting>& settings,
             const std::string& name, const std::string& column, const std::string& label,
             double scale = 1);

/// The setting with the largest mean of `column`.
const Setting& best_of(const Notebook& notebook, const std::vector<Setting>& settings,
                       const std::string& column);

}  // namespace cmc::studies
