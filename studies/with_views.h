#pragma once

#include <vector>

#include "cmc/runs/setup.h"

namespace cmc::studies {

/// The set-up with these views alone, each with its own encoder. Throws Error where one isn't
/// there.
runs::Setup with_views(runs::Setup setup, const std::vector<std::size_t>& chosen);

}  // namespace cmc::studies
