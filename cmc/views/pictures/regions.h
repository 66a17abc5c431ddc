#pragma once

#include <string>
#include <vector>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// A fixed part of the picture, as it is seen after a flip.
struct Region {
  std::string name;
  cv::Rect place;
};

/// The split whose views are fixed parts of the augmented picture: what halves and quadrants have
/// in common.
std::shared_ptr<const Split> make_regions(std::vector<Region> regions, const Frame& frame);

}  // namespace cmc::views
