#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>

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

}  // namespace cmc::data
