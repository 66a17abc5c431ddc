#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace cmc::views {

/// A text as a picture, 8-bit RGB, `width` pixels wide and as high as its lines, up to six of them,
/// of which the last ends in "…" where more would follow. Any script for which a font is installed.
cv::Mat lettering(const std::string& utf8, int width = 176);

}  // namespace cmc::views
