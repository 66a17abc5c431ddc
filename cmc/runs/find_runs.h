#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cmc/runs/run_folder.h"

namespace cmc::runs {

enum class RunState {
  running,   ///< a process holds its lock
  finished,  ///< trained to its end
  stopped,   ///< can go on
  damaged,   ///< can't be opened
};
std::string name(RunState state);

/// A folder that holds a run.
struct FoundRun {
  std::filesystem::path path = {};
  RunState state = RunState::damaged;
  std::string detail = {};            ///< running: who writes there; damaged: what is wrong
  std::string started = {};           ///< "2026-11-29T15:51:12Z"; empty where it isn't known
  std::optional<RunFolder> run = {};  ///< nothing where it is damaged
};

/// Looks at the run in a folder; what is wrong with it is told, not thrown.
FoundRun look_at_run(const std::filesystem::path& path);

/// The runs that lie in a folder and the folders below it, the one that was started last first.
/// Those whose start isn't known are the last. Throws Error where there is no such folder, or it
/// can't be read.
std::vector<FoundRun> find_runs(const std::filesystem::path& folder);

}  // namespace cmc::runs
