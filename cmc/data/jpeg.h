#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "cmc/data/image_container.h"

namespace cmc::data {

/// Decodes a JPEG (baseline or progressive; grey, YCbCr, RGB, CMYK or YCCK) to 8 bits a channel, 1
/// channel (the luma) or 3 (R, G, B), as it is stored: its orientation is not applied. Of CMYK, R =
/// C′K′ / 255 with the amounts of light C′ and K′ that Adobe's files hold, and 255 − C and 255 − K
/// in files without Adobe's mark. `container` is inspect(bytes, name). Throws UnreadableError where
/// the picture is damaged or ends early: a warning of the decoder counts, since what follows the
/// damage would be grey or shifted.
cv::Mat decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name,
                    const ImageContainer& container, int channels);

}  // namespace cmc::data
