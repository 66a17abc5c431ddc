#pragma once

#include <cstdint>
#include <string_view>

namespace cmc::report {

struct PngSize {
  std::int64_t width = 0, height = 0;  ///< pixels
};

/// What a PNG's header says: big-endian numbers at the bytes 16 and 20. 0 × 0 of fewer than 24
/// bytes.
PngSize png_size(std::string_view png);

}  // namespace cmc::report
