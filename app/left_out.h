#pragma once

#include <vector>

#include "cmc/data/unreadable.h"
#include "cmc/runs/run_folder.h"

namespace cmc::app {

/// Warns of each sample that could not be read, and adds those that run.json does not list yet.
/// Says, before the work, that a run's folder can't be written and `what` will only be printed.
/// Whether it can be written.
bool can_be_kept(const runs::RunFolder& run, const std::string& what);

void tell_left_out(runs::RunFolder& run, const std::vector<data::UnreadableSample>& samples);

}  // namespace cmc::app
