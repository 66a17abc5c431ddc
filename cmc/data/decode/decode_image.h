#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/data/excerpt.h"

namespace cmc::data {

/// Decodes a JPEG, PNG, WebP, TIFF, GIF or BMP by its content, whatever its name (of an animation
/// or of several pages the first), to 1 channel (the luma, Y = 0.299 R + 0.587 G + 0.114 B) or 3
/// (R, G, B; grey is repeated), with the file's 8 or 16 bits a channel. The EXIF orientation is
/// applied. What an alpha channel lets through is white: c = α c + (1 − α) white, as a page would
/// show it, since the colours under transparent pixels are arbitrary.
///
/// Throws UnreadableError, with `name` and the byte, where the file is empty, foreign, truncated or
/// damaged, states more than most_pixels pixels, or has other than 8 or 16 bits a channel.
cv::Mat decode_image(std::span<const std::uint8_t> bytes, const std::string& name, int channels);

/// The part of it that `choose` names, told the size of the upright picture, or more. Of a JPEG no
/// other pixels than its window's are made, the same bit for bit unless they are read coarsely; of
/// another format all are. Its rows may lie apart in memory. Throws what decode_image() throws;
/// where of a JPEG no more is read than is needed, not for damage behind that.
Excerpt decode_cutout(std::span<const std::uint8_t> bytes, const std::string& name, int channels,
                      const ChooseCutout& choose, DataRead read = DataRead::all);

}  // namespace cmc::data
