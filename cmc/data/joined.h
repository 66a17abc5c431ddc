#pragma once

#include <memory>

#include "cmc/data/dataset.h"

namespace cmc::data {

/// The samples of two parts in the order of the input (Dataset::row), numbered on. Throws Error
/// where they differ in their classes, or one is labelled by numbers (Dataset::has_targets).
std::shared_ptr<const Dataset> joined(std::shared_ptr<const Dataset> first,
                                      std::shared_ptr<const Dataset> second);

}  // namespace cmc::data
