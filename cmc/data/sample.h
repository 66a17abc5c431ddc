#pragma once

#include <cstddef>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "cmc/data/excerpt.h"

namespace cmc::data {

/// The label of a sample that has none.
inline constexpr std::int64_t no_label = -1;

/// One thing: its index in its data set, its raw values and perhaps a label.
struct Sample {
  std::int64_t index = 0;
  std::int64_t label = no_label;
  /// One a source of the data set, as SourceKind says; empty where it is missing. May share memory
  /// with the data set: never written to.
  std::vector<cv::Mat> values;
  /// One a source where values may be excerpts; empty: each is whole.
  std::vector<Extent> extents = {};

  Extent extent(std::size_t source) const {
    return extents.empty() ? whole(values[source]).extent : extents[source];
  }
};

}  // namespace cmc::data
