#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/advice/peak.h"

namespace cmc::advice {

/// What one value of the family showed.
struct AdvisedValue {
  std::string value;
  information::ConfidenceInterval nats;       ///< the bound on what its views share
  information::ConfidenceInterval quality;    ///< accuracy 0 … 1, or effective rank
  information::ConfidenceInterval from_best;  ///< quality less the best's, seed by seed
  double ceiling_nats = 0;                    ///< log(k + 1), which the bound can't pass
  double seconds = 0;                         ///< of a training, mean
};

/// Which views to train with, and why.
struct Advice {
  std::string key;
  /// Whether quality is the accuracy of a probe; else it is the proxy, the effective rank.
  bool labelled = true;
  std::int64_t choosing_samples = 0;
  std::vector<AdvisedValue> values;  ///< in the order of what they share, least first
  Peak peak;                         ///< of the same order
  std::size_t proposed = 0;
  std::vector<std::string> findings;  ///< sentences with their figures
  std::filesystem::path recipe;       ///< the proposal's, ready to train
  std::filesystem::path page;
};

/// What the peak's shape says, as a sentence without its capital and full stop.
std::string shape_finding(const Advice& advice);
/// The same of what choosing among the values gains.
std::string choice_finding(const Advice& advice);
/// All sentences: the shape, the fitted parabola, a bound near its ceiling, the proxy.
std::vector<std::string> findings_of(const Advice& advice);

/// Why the proposed value is.
std::string reason(const Advice& advice);

/// The advice as a table and sentences.
std::string advice_text(const Advice& advice);

nlohmann::json to_json(const Advice& advice);

}  // namespace cmc::advice
