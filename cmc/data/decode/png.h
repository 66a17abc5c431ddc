#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes a PNG of any kind to 8 or 16 bits a channel: palettes to R, G, B, grey of less than 8
/// bits to 8. Alpha is the colour type's, or made of a tRNS chunk. Throws UnreadableError, with
/// `name` and the byte, where it is cut or damaged; chunks that the picture can do without may be.
StoredPicture decode_png(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
