#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes a JPEG (baseline or progressive; grey, YCbCr, RGB, CMYK or YCCK) to 8 bits a channel, 1
/// channel (the luma) or 3 (R, G, B). Of CMYK, R = C′K′ / 255 with the amounts of light C′ and K′
/// that Adobe's files hold, and 255 − C and 255 − K in files without Adobe's mark.
///
/// Throws UnreadableError, with `name` and the byte, where the picture ends early, a code is
/// damaged or a restart marker is lost, since what follows would be grey or shifted. What costs no
/// pixel is forgiven: bytes between the segments or behind the compressed data, odd versions and
/// marks.
StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name,
                          int channels);

}  // namespace cmc::data
