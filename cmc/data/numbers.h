#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>

#include "cmc/data/source.h"

namespace cmc::data {

/// The numbers of a table's row or of an array (SourceKind), stored as float32 or as float64, in
/// the order of its memory: of an array of C × H × W channel after channel. The value outlives it.
class Numbers {
 public:
  explicit Numbers(const cv::Mat& value)
      : size_(value.total()),
        narrow_(value.depth() == CV_64F ? nullptr : value.ptr<float>()),
        wide_(value.depth() == CV_64F ? value.ptr<double>() : nullptr) {}

  std::size_t size() const { return size_; }
  double operator[](std::size_t i) const { return wide_ != nullptr ? wide_[i] : narrow_[i]; }

 private:
  std::size_t size_;
  const float* narrow_;
  const double* wide_;
};

/// The channels that a source of numbers has, and how many numbers stand in each, one after the
/// other: the numeric columns of a table, 1; an array's channels, height · width.
struct NumberLayout {
  std::size_t channels = 0;
  std::size_t each = 1;
};

/// Whether a source's values are numbers of one layout: those of a table, and arrays.
bool holds_numbers(const Source& source);

/// That layout. Throws Error where holds_numbers() is false.
NumberLayout number_layout(const Source& source);

}  // namespace cmc::data
