#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>

namespace cmc::views {

// Pictures of what is no picture, 8-bit RGB.

/// A float32 matrix in shades from `low` (dark blue) over the middle (white) to `high` (dark red);
/// NaN grey.
cv::Mat shades(const cv::Mat& values, double low, double high);

/// n numbers as bars from a middle line, up to ±3, 64 pixels high.
cv::Mat bars(const float* values, std::size_t n);

/// A sound as the least and greatest value in each of 128 columns, 64 pixels high.
cv::Mat curve(const float* values, std::size_t n);

/// A time series as a line for each channel over 128 columns, within ±3, 64 pixels high: `steps`
/// rows of `channels` values and a mask, 1 where there is a time step and 0 in the padding, which
/// is grey.
cv::Mat lines(const float* values, std::size_t channels, std::size_t steps);

}  // namespace cmc::views
