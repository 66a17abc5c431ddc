#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes a WebP, lossy or lossless, to R, G, B or, where it declares alpha, R, G, B, alpha, of 8
/// bits; of an animation its first picture on its canvas. Throws UnreadableError, with `name` and
/// the byte, where it is cut or damaged.
StoredPicture decode_webp(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
