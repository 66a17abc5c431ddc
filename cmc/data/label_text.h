#pragma once

#include <cstdint>
#include <string>

#include "cmc/data/dataset.h"

namespace cmc::data {

/// What labels a sample, as a text: the name of its class, or its number in as few digits as give
/// it back; empty where it has none.
std::string label_text(const Dataset& dataset, std::int64_t index);

}  // namespace cmc::data
