#pragma once

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

/// Where the columns of a value stand in the whole that it was read from.
struct Extent {
  std::int64_t first = 0;
  std::int64_t length = 0;  ///< columns of the whole
};

/// A value, or the stretch of it that was read; empty where it is missing.
struct Excerpt {
  cv::Mat value;
  Extent extent;
};

/// A value as it is.
inline Excerpt whole(cv::Mat value) {
  const std::int64_t length = value.cols;
  return {std::move(value), {0, length}};
}

}  // namespace cmc::data
