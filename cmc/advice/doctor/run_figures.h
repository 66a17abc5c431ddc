#pragma once

#include <cstdint>
#include <optional>

#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/information.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/metrics.h"
#include "cmc/runs/run_folder.h"

namespace cmc::advice {

/// What is known of a run.
struct RunFigures {
  recipe::Recipe recipe = {};
  runs::Metrics metrics = {};
  std::optional<evaluation::Evaluation> evaluation = {};  ///< nothing: not evaluated yet
  std::optional<evaluation::InformationMeasurement> information = {};  ///< not measured yet
  std::int64_t train_samples = 0;                                      ///< 0: not known
  std::int64_t planned_steps = 0;  ///< of the whole training; 0: not known
  /// runs::repeated_samples of the training part; nothing: they were not counted.
  std::optional<std::int64_t> repeated_samples = {};

  std::int64_t steps_done() const {
    return metrics.training.empty() ? 0 : metrics.training.back().step;
  }
  bool finished() const { return planned_steps > 0 && steps_done() >= planned_steps; }
};

/// What a run's folder holds. Throws Error that names the file and what is wrong with it.
RunFigures run_figures(const runs::RunFolder& run);
/// The same of a training that is about to begin, or to go on after `step`: without what was judged
/// of earlier weights.
RunFigures run_figures(const runs::RunFolder& run, std::int64_t step);

}  // namespace cmc::advice
