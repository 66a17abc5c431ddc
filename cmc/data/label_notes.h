#pragma once

#include <string>
#include <vector>

#include "cmc/data/splits.h"

namespace cmc::data {

/// Warns of labels that tell nothing of the encoders: of a part none of whose samples has one,
/// where the other's have, and of classes that stand in the test part alone, so that no probe
/// learns them. Reads every label.
std::vector<std::string> label_notes(const Splits& splits);

}  // namespace cmc::data
