#pragma once

#include <cstdint>
#include <optional>

#include "cmc/data/dataset.h"

namespace cmc::runs {

/// How many samples have the very values of another one in every source, and are not marked as its
/// duplicates (Dataset::duplicates). Each is a negative of the other that no encoder can part from
/// the positive: its loss is never below log 2. Tables and arrays are asked, up to 2²² numbers in
/// all; nothing where there is more, or another kind (`cmc data` reads all).
std::optional<std::int64_t> repeated_samples(const data::Dataset& samples);

}  // namespace cmc::runs
