#pragma once

#include <vector>

#include "cmc/training/setup.h"

namespace cmc::studies {

/// The set-up with these views alone, each with its own encoder. Throws Error where one isn't
/// there.
training::Setup with_views(training::Setup setup, const std::vector<std::size_t>& chosen);

}  // namespace cmc::studies
