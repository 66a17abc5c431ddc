#pragma once

#include <string>
#include <vector>

#include "cmc/data/unreadable.h"
#include "cmc/runs/run_folder.h"

namespace cmc::app {

/// Says, before the work, that a run's folder can't be written and `what` will only be printed.
/// Whether it can be written.
bool can_be_kept(const runs::RunFolder& run, const std::string& what);

/// Warns of each sample that could not be read.
void warn_of_left_out(const std::vector<data::UnreadableSample>& samples);

/// The same, and records them with the run.
void tell_left_out(runs::RunFolder& run, const std::vector<data::UnreadableSample>& samples);

}  // namespace cmc::app
