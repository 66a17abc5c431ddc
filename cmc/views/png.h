#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace cmc::views {

/// The bytes of a PNG of an 8-bit picture, RGB or RGBA.
std::string png(const cv::Mat& picture);

}  // namespace cmc::views
