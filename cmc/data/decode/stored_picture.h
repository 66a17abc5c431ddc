#pragma once

#include <opencv2/core/mat.hpp>

#include "cmc/data/excerpt.h"

namespace cmc::data {

/// How much of a file's compressed data is read where a part of its picture is needed.
enum class DataRead {
  /// All, so that damage anywhere is seen.
  all,
  /// As far as the part reaches.
  needed,
};

/// A picture as its file stores it: neither its orientation nor its transparency are applied.
struct StoredPicture {
  /// Height × width of 1 to 4 channels: grey; grey, alpha; R, G, B; R, G, B, alpha. An alpha
  /// channel is one that the file declares as such.
  cv::Mat pixels = {};
  /// Whether the colours are multiplied by alpha already (TIFF's associated alpha).
  bool premultiplied = false;
  /// EXIF orientation, 1 to 8.
  int orientation = 1;
  /// Where the pixels stand in the picture that is stored; without a length: they are all of it.
  Extent extent = {};
};

}  // namespace cmc::data
