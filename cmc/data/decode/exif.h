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

/// The size of such a picture upright.
cv::Size upright_size(cv::Size stored, int orientation);

/// Where a window of the upright picture stands in the stored one, whose size is `stored`.
cv::Rect stored_window(const cv::Rect& upright, cv::Size stored, int orientation);

/// The way back.
cv::Rect upright_window(const cv::Rect& window, cv::Size stored, int orientation);

}  // namespace cmc::data
