#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes a BMP to R, G, B of 8 bits, or R, G, B, alpha where its header has a mask for alpha: 1,
/// 4 or 8 bits with a palette, plain or run-length encoded, and 16, 24 or 32 bits of colour. Throws
/// UnreadableError, with `name` and the byte, where it is cut, damaged or of another kind.
StoredPicture decode_bmp(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
