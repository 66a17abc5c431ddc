#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

namespace cmc::data {

/// Decodes a JPEG, PNG, WebP or TIFF (its first page) by its content, whatever its name, to 1
/// channel (the luma, Y = 0.299 R + 0.587 G + 0.114 B) or 3 (R, G, B; grey is repeated), with the
/// file's 8 or 16 bits a channel. The EXIF orientation is applied. What an alpha channel lets
/// through is white: c = α c + (1 − α) white, as a page would show it, since the colours under
/// transparent pixels are arbitrary.
///
/// Throws UnreadableError, with `name` and the byte, where the file is empty, foreign, truncated or
/// damaged, or has other than 8 or 16 bits a channel.
cv::Mat decode_image(std::span<const std::uint8_t> bytes, const std::string& name, int channels);

}  // namespace cmc::data
