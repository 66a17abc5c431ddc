#pragma once

#include <string>
#include <vector>

#include "cmc/advice/sweep.h"

namespace cmc::studies {

/// Concludes on the reverse U of Tian et al. 2020 (arXiv 2005.10243, section 4): adds the figure
/// "peak", accuracy (column "accuracy", a share of 1) against what the views share (column
/// "bound_nats"), and the verdict whether the best setting between the ends is at least 1 point
/// above both. `varied`: the key that the settings differ in; there are three or more of them.
void conclude_peak(advice::Notebook& notebook, const std::vector<advice::Setting>& settings,
                   const std::string& varied);

}  // namespace cmc::studies
