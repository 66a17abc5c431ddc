#pragma once

#include <opencv2/core/mat.hpp>

namespace cmc::data {

/// A picture as its file stores it: neither its orientation nor its transparency are applied.
struct StoredPicture {
  /// Height × width of 1 to 4 channels: grey; grey, alpha; R, G, B; R, G, B, alpha. An alpha
  /// channel is one that the file declares as such.
  cv::Mat pixels = {};
  /// Whether the colours are multiplied by alpha already (TIFF's associated alpha).
  bool premultiplied = false;
  /// EXIF orientation, 1 to 8.
  int orientation = 1;
};

}  // namespace cmc::data
