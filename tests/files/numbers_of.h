#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace cmc {

/// The numbers of an array in the order of its memory.
inline std::vector<double> numbers_of(const cv::Mat& array) {
  cv::Mat wide;
  array.convertTo(wide, CV_64F);
  const auto* const first = wide.ptr<double>();
  return {first, first + wide.total()};
}

}  // namespace cmc
