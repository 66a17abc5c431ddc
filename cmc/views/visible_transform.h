#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>

#include "cmc/data/transform.h"

namespace cmc::views {

/// A transform whose views a person can look at.
class VisibleTransform : public data::Transform {
 public:
  /// View v as a picture, 8-bit RGB, from the row that apply wrote: a picture as it is, a
  /// spectrogram in shades, a waveform as a curve, a table's row as bars.
  virtual cv::Mat show(std::size_t view, const float* row) const = 0;
};

}  // namespace cmc::views
