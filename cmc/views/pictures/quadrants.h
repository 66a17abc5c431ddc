#pragma once

#include <memory>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Four views: the quarters top-left, top-right, bottom-left and bottom-right, each ⌊height/2⌋ ×
/// ⌊width/2⌋. Of an odd side the middle line belongs to none.
struct QuadrantsOptions {};

/// Throws Error where a side of the picture is shorter than two pixels.
std::shared_ptr<const Split> make_split(const QuadrantsOptions& options, const Frame& frame);

}  // namespace cmc::views
