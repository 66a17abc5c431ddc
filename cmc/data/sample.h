#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

namespace cmc::data {

/// The label of a sample that has none.
inline constexpr std::int64_t no_label = -1;

/// One thing: its index in its data set, its raw picture and perhaps a label.
struct Sample {
  std::int64_t index = 0;
  std::int64_t label = no_label;
  /// 8 or 16 bits a channel, 1 (grey) or 3 (R, G, B in this order) channels. May share memory with
  /// the data set: never written to.
  cv::Mat image;
};

}  // namespace cmc::data
