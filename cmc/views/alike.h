#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "cmc/views/portable_transform.h"

// Views that augmentation alone makes differ, as in SimCLR: in evaluation they are one.

namespace cmc::views {

/// For each view of an evaluation's transform the first that shows the same of a sample: its own
/// place, or that of a view before it with the same source, shape and formula.
std::vector<std::size_t> first_alike(const PortableTransform& evaluation);

/// The views as training augments them, with draws that training does not make: for what is
/// measured between augmented views of held-out samples. The same draws each time.
std::shared_ptr<const data::Transform> redrawn(std::shared_ptr<const data::Transform> training);

}  // namespace cmc::views
