#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cmc/report/metrics.h"

namespace cmc::report {

/// All that a report shows. read_run fills it from a run's folder; without the pictures, which
/// training and evaluation keep there (kept_pictures.h), the report shows the rest.
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
  /// The sample of this row (data::Dataset::row) as `view` sees it: the bytes of a PNG; empty for
  /// none.
  std::function<std::string(std::int64_t row, const std::string& view)> thumbnail;
};

/// Reads metrics.jsonl, run.json, recipe.toml and, where they are there, evaluation.json,
/// information.json and the kept pictures of a run's folder. Throws Error that names the file and
/// what is wrong with it.
ReportInput read_run(const std::filesystem::path& folder);

}  // namespace cmc::report
