#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>

#include "cmc/distributed/process_group.h"

namespace cmc::app {

/// How a command is shared by several processes.
struct ProcessesOptions {
  int processes = 1;
  std::int64_t timeout = 300;  ///< seconds
};

/// Adds --processes N and --timeout SECONDS.
void add_processes(CLI::App& command, ProcessesOptions& options);

/// Runs `work` with the group of this process, as launchers describe it (distributed::launched);
/// with nullptr where it is alone. What work throws is told to the other processes; of all but rank
/// 0 the error then begins with the rank.
///
/// Where --processes asks for it, starts the program so often instead, on this machine, with the
/// words that it was called with itself, as ranks 0 … N − 1, waits until all have ended, ends the
/// others where one fails, and exits with the first status that is not 0.
void shared_by_processes(const ProcessesOptions& options,
                         const std::function<void(distributed::ProcessGroup*)>& work);

}  // namespace cmc::app
