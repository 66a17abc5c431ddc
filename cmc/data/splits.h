#pragma once

#include <memory>
#include <string_view>

#include "cmc/data/dataset.h"

namespace cmc::data {

/// The parts of a data set: what is trained on and what is only evaluated on.
struct Splits {
  std::shared_ptr<const Dataset> train;
  /// Null where the data set brings no test part of its own.
  std::shared_ptr<const Dataset> test;
};

/// Whether a sample of this name (Dataset::name) belongs to a held-out part of the given fraction.
/// The choice is a hash of the name alone (FNV-1a, mixed, as a number in [0, 1) below `fraction`):
/// it is the same on any machine, and samples that are added or removed move no other across.
bool is_held_out(std::string_view name, double fraction);

/// Parts a data set into the samples that are not held out and those that are. Throws Error unless
/// 0 ≤ fraction < 1.
Splits hold_out(const std::shared_ptr<const Dataset>& dataset, double fraction);

}  // namespace cmc::data
