#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cmc/evaluation/evaluation.h"
#include "cmc/runs/find_runs.h"

namespace cmc::report {

/// What a probe on all labels reaches: accuracy, or R² where labels are numbers.
struct ProbeFigures {
  std::optional<double> learned = {}, raw = {}, untrained = {}, supervised = {};
  bool numbers = false;
  std::int64_t labels = 0;  ///< that it is fitted with
  std::int64_t judged = 0;  ///< samples that it is judged by
  std::string view = {};    ///< "all", or the only one
};

/// What a run came to, by what its folder holds.
struct RunFigures {
  std::string name = {};    ///< its folder's
  std::string folder = {};  ///< as a person would type it
  std::string recipe = {};  ///< the recipe's name
  runs::RunState state = runs::RunState::damaged;
  std::string detail = {};  ///< FoundRun::detail
  std::string started = {};
  std::int64_t step = 0;         ///< the last that its metrics know
  double epoch = 0, epochs = 0;  ///< done, and of the whole run; the latter 0 where it counts steps
  std::int64_t steps = 0;        ///< of the whole run, where the recipe counts them; else 0
  std::optional<double> seconds = {};
  /// The best bound log(k + 1) − L on held-out samples while it was trained, in nats.
  std::optional<double> held_out = {};
  std::int64_t held_out_k = 0;
  /// The best that `cmc information` measured, in nats.
  std::optional<double> information = {};
  std::optional<ProbeFigures> probe = {};
  /// The mean of recall at 1 over all pairs of views, among so many samples.
  std::optional<double> recall_at_1 = {};
  std::int64_t candidates = 0;
};

/// Reads them. Of a damaged run only its name, folder and state are known. Throws Error where an
/// evaluation is damaged.
RunFigures run_figures(const runs::FoundRun& found);

/// "finished", "stopped at step 70", "running: process 17 (cmc train)", "damaged: …".
std::string state_text(const RunFigures& figures);

/// "96.5", or "0.871" for an R²; "–" for none.
std::string probe_text(const RunFigures& figures, std::optional<double> ProbeFigures::*kind);

/// Figures as JSON; information in nats, shares as they are, null for what isn't known.
nlohmann::json to_json(const RunFigures& figures);

}  // namespace cmc::report
