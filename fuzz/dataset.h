#pragma once

#include "cmc/data/splits.h"

namespace cmc::fuzz {

/// Reads what a data set tells of its samples, and the values of the first few of each part. Throws
/// std::logic_error where a label has no class, or a value is not as its source says.
void look_at(const data::Splits& splits);

}  // namespace cmc::fuzz
