#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/decode_bands.h"

namespace cmc::data {

/// decode_bands() of a TIFF, whose values may be none at all.
Bands decode_tiff_bands(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
