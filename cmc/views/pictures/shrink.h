#pragma once

#include <opencv2/core/mat.hpp>

namespace cmc::views {

/// Resizes a picture to `size`, in pixels and at most the picture's own on each side, by area: an
/// output pixel is the mean of the pixels under it, each weighted by the part of it that is
/// covered, rounded to the nearest integer. `picture`: height × width, 8 or 16 bits, any channels;
/// `smaller`: its type, made anew unless it has that type and size.
///
/// What cv::resize makes of it with INTER_AREA (Debian's OpenCV 4.6), bit for bit: 8 bits of R, G
/// and B are added up in float32 in the same order, by whatever instruction set the processor has,
/// five to ten times as fast; all else is left to cv::resize.
void shrink(const cv::Mat& picture, cv::Size size, cv::Mat& smaller);

}  // namespace cmc::views
