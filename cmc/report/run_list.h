#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cmc/report/run_figures.h"

namespace cmc::report {

/// The figures of runs that were found, in their order. A run whose evaluation can't be read counts
/// as damaged.
std::vector<RunFigures> figures_of(const std::vector<runs::FoundRun>& found);

/// A line a run: its folder, recipe, start (UTC), state, steps, training time, the best held-out
/// bound in bits and the probe on the learned representation in % (or R²). What is wrong with
/// damaged ones follows, a line each.
std::string run_list(const std::vector<RunFigures>& runs);

/// to_json(RunFigures) of each.
nlohmann::json to_json(const std::vector<RunFigures>& runs);

}  // namespace cmc::report
