#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>

namespace cmc::data {

/// The orientation (tag 0x0112) of an EXIF block, 1 to 8, from its TIFF header on; 1, upright,
/// where the block has none or is damaged.
int exif_orientation(std::span<const std::uint8_t> block);

/// A picture stored in an EXIF orientation, turned and mirrored upright. 1 is upright already.
cv::Mat upright(const cv::Mat& image, int orientation);

}  // namespace cmc::data
