#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cmc/report/metrics.h"

namespace cmc::report {

/// All that a report shows. read_run fills it from a run's folder, except for the pictures, which
/// need the data set; without them the report shows the rest.
struct ReportInput {
  /// The run's name, and its folder as a person would type it.
  std::string name;
  std::string folder;
  Metrics metrics;
  /// evaluation.json, or null where the run was not evaluated yet.
  nlohmann::json evaluation;
  /// information.json, or null where it was not measured yet.
  nlohmann::json information;
  /// run.json.
  nlohmann::json environment;
  /// recipe.toml, as resolved.
  std::string recipe;

  /// What the views look like: the bytes of one PNG; empty for none.
  std::string views_sheet;
  /// Test sample `index` as `view` sees it: the bytes of a PNG; empty for none.
  std::function<std::string(std::int64_t index, const std::string& view)> thumbnail;
  /// The class of test sample `index`; data::no_label where it has none.
  std::function<std::int64_t(std::int64_t index)> label;
};

/// Reads metrics.jsonl, run.json, recipe.toml and, where they are there, evaluation.json and
/// information.json of a run's folder. Throws Error that names the file and what is wrong with it.
ReportInput read_run(const std::filesystem::path& folder);

}  // namespace cmc::report
