#pragma once

#include <memory>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// One view: the whole augmented picture. For what has other views beside the picture.
struct WholeOptions {};

std::shared_ptr<const Split> make_split(const WholeOptions& options, const Frame& frame);

}  // namespace cmc::views
