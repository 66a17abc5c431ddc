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
///
/// `choose`, told the size of the upright picture, names the part that is needed; empty: all of it.
/// No other pixels than its window's are made, the same bit for bit where it is not read coarsely.
/// Coarsely, libjpeg's scaled inverse transform (n of 8 frequencies, docs of libjpeg's scale_num)
/// makes one pixel for each block of 2, 4 or 8 on a side, counted from the picture's corner. With
/// DataRead::needed the compressed data behind the window's last row are not read, and damage there
/// is not seen. Throws Error where the window is not within the picture.
StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name,
                          int channels, const ChooseCutout& choose = nullptr,
                          DataRead read = DataRead::all);

}  // namespace cmc::data
