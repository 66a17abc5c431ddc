#pragma once

#include <cstdint>
#include <memory>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Views that are independent augmentations of the whole picture, as in SimCLR (Chen et al.,
/// 2002.05709). The augmentation of the recipe is drawn anew for each view; by default it is
/// simclr_augmentation(). In evaluation all views are the plain picture.
struct AugmentedOptions {
  /// Number of views, within [2, 16].
  std::int64_t views = 2;
};

/// Throws Error for a number of views out of range.
std::shared_ptr<const Split> make_split(const AugmentedOptions& options, const Frame& frame);

}  // namespace cmc::views
