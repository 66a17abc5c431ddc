#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <utility>

namespace cmc::data {

/// Some columns of a value, one after the other: samples of a sound.
struct Stretch {
  std::int64_t first = 0;
  std::int64_t count = 0;

  std::int64_t end() const { return first + count; }
  bool operator==(const Stretch&) const = default;
};

/// Says which stretch, of one column or more, is needed of a value of `length` columns. Empty: the
/// whole value.
using ChooseStretch = std::function<Stretch(std::int64_t length)>;

/// The part of a picture that is needed.
struct Cutout {
  /// One pixel or more, within the picture as it is seen, upright.
  cv::Rect window;
  /// 1, 2, 4 or 8: the picture may be read at this part of its width and height, where its file can
  /// be decoded so, each pixel for so many on each side.
  int coarseness = 1;

  bool operator==(const Cutout&) const = default;
};

/// What holds two parts of one picture.
inline Cutout both(const Cutout& one, const Cutout& other) {
  return {one.window | other.window, std::min(one.coarseness, other.coarseness)};
}

/// Says what is needed of a picture of `size`. Empty: the whole picture.
using ChooseCutout = std::function<Cutout(cv::Size size)>;

/// Says which part of a value is needed, by what the value is. Empty: the whole value.
struct ChoosePart {
  ChooseStretch stretch = nullptr;  ///< of a sound
  ChooseCutout cutout = nullptr;    ///< of a picture
};

/// Where a value stands in the whole that it was read from.
struct Extent {
  std::int64_t first = 0;   ///< its first column
  std::int64_t length = 0;  ///< columns of the whole
  std::int64_t top = 0;     ///< its first row
  std::int64_t height = 1;  ///< rows of the whole
  /// Columns and rows of the whole that one of the value stands for, Cutout::coarseness.
  int coarseness = 1;
};

/// A value, or the part of it that was read; empty where it is missing.
struct Excerpt {
  cv::Mat value;
  Extent extent;
};

/// A value as it is.
inline Excerpt whole(cv::Mat value) {
  const Extent extent{.length = value.cols, .height = value.rows};
  return {std::move(value), extent};
}

}  // namespace cmc::data
