#pragma once

#include <string>
#include <vector>

#include "cmc/advice/sweep.h"

namespace cmc::studies {

/// What is tried at several settings, to be compared at its best.
struct Contender {
  std::string name;
  std::string varied;  ///< the key of what its settings vary
  std::vector<advice::Setting> settings;
};

/// Judges encoders by linear probes alone: SweepOptions::judge of contenders whose projection heads
/// are not trained, so that nothing of what is contrasted can be measured.
nlohmann::json probe_alone(const advice::Setting& setting, advice::Trained& trained,
                           const runs::Setup& setup);

/// "probe_all" of each contender at each of its settings, %, a row a contender.
std::string accuracy_table(const advice::Notebook& notebook,
                           const std::vector<Contender>& contenders);

/// The same as points at x = 1, 2, …, a contender's settings beside each other from left to right.
advice::Figure accuracy_figure(const advice::Notebook& notebook,
                               const std::vector<Contender>& contenders, std::string title,
                               std::string x_label);

}  // namespace cmc::studies
