#pragma once

#include <memory>
#include <string_view>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Where a picture is cut in two.
enum class Cut { left_right, top_bottom };

/// The cut of a name: "left_right" or "top_bottom". Throws Error that lists them.
Cut cut(std::string_view name);
std::string_view name(Cut cut);

/// Two views: the left and the right half of the picture, or the top and the bottom. Both have
/// ⌊side/2⌋ pixels along the cut side; of an odd side the middle line belongs to neither.
struct HalvesOptions {
  Cut cut = Cut::left_right;
};

/// Throws Error where the picture has fewer than two pixels along the cut side.
std::shared_ptr<const Split> make_split(const HalvesOptions& options, const Frame& frame);

}  // namespace cmc::views
