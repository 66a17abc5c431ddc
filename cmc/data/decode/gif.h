#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes a GIF's first picture on its canvas to R, G, B or, where pixels are transparent or the
/// picture leaves some of the canvas free, R, G, B, alpha, of 8 bits. Throws UnreadableError, with
/// `name` and the byte, where it is cut or damaged up to the end of that picture.
StoredPicture decode_gif(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
