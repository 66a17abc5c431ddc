#pragma once

#include <cstdint>
#include <memory>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Two square patches of one picture, the first with its corner at (x, y), the second at (x +
/// distance, y + distance): the closer they are, the more they share. Tian et al., "What Makes for
/// Good Views for Contrastive Learning?" (2005.10243), section 4.1. In training (x, y) is uniform
/// over all places where both patches fit; in evaluation the pair is centred.
struct PatchesOptions {
  /// Side of a patch in pixels of the picture that is split, 1 or more.
  std::int64_t size = 16;
  /// Pixels between the corners along each axis, 0 or more.
  std::int64_t distance = 8;
};

/// Throws Error where size + distance exceeds the picture's shorter side.
std::shared_ptr<const Split> make_split(const PatchesOptions& options, const Frame& frame);

}  // namespace cmc::views
