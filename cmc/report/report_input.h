#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cmc/advice/doctor/doctor.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/information.h"
#include "cmc/runs/metrics.h"
#include "cmc/runs/run_folder.h"

namespace cmc::report {

/// All that a report shows. Without the pictures, which training and evaluation keep in the run's
/// folder (runs/kept_pictures.h), the report shows the rest.
struct ReportInput {
  /// The run's name, and its folder as a person would type it.
  std::string name;
  std::string folder;
  runs::Metrics metrics;
  /// Nothing where the run was not evaluated yet.
  std::optional<evaluation::Evaluation> evaluation;
  /// Nothing where it was not measured yet.
  std::optional<evaluation::InformationMeasurement> information;
  /// What may be wrong with the run.
  advice::Diagnosis diagnosis = {};
  /// RunFolder::info.
  nlohmann::json environment;
  /// RunFolder::recipe_text.
  std::string recipe;

  /// What the views look like: the bytes of one PNG; empty for none.
  std::string views_sheet;
  /// The sample of this row (data::Dataset::row) as `view` sees it: the bytes of a PNG; empty for
  /// none.
  std::function<std::string(std::int64_t row, const std::string& view)> thumbnail;
};

/// Whether labels steered the run's training (ContrastRecipe::positives), as training records it.
bool trained_with_labels(const ReportInput& input);

/// What a run's folder holds. Throws Error that names the file and what is wrong with it.
ReportInput report_input(const runs::RunFolder& run);

}  // namespace cmc::report
