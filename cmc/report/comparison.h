#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cmc/recipe/differences.h"
#include "cmc/report/run_figures.h"
#include "cmc/runs/metrics.h"

namespace cmc::report {

/// Runs side by side: in what their recipes differ, and what came of each.
struct Comparison {
  std::vector<RunFigures> runs = {};
  std::vector<recipe::RecipeDifference> differences = {};  ///< a value a run, in their order
  std::vector<cmc::runs::Metrics> metrics = {};            ///< one a run
  std::vector<std::string> notes = {};  ///< what stands against comparing them, a sentence each
};

/// Reads the runs' folders, two or more, which get names that differ. Throws Error where one can't
/// be opened, and UsageError where there are fewer or one is named twice.
Comparison compare(const std::vector<std::filesystem::path>& folders);

/// One line of figures: what it is, its unit, and a text a run.
struct FigureLine {
  std::string title = {};
  std::vector<std::string> cells = {};
};
/// The figures of runs that at least one of them has.
std::vector<FigureLine> figure_lines(const Comparison& comparison);

/// Both tables and the notes as plain text, a column a run.
std::string to_text(const Comparison& comparison);

/// {"runs": [to_json(RunFigures)], "differences": [{"key", "values"}], "notes"}; values in the
/// order of the runs, null where a recipe has no such key.
nlohmann::json to_json(const Comparison& comparison);

/// One HTML file in the report's style: both tables, and the curves of all runs over each other. It
/// holds its styles and scripts and forbids itself the network.
std::string comparison_page(const Comparison& comparison);

}  // namespace cmc::report
