#pragma once

#include <cstdint>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"

namespace cmc::views {

/// How the numbers of a view become those that an encoder sees, one entry a channel:
/// (x − mean) / deviation, and 0, the mean, where x is missing.
struct Standardization {
  std::vector<float> mean = {};
  /// 1 where the channel is constant.
  std::vector<float> deviation = {};
  /// Share of the values that are missing.
  std::vector<float> missing = {};

  bool operator==(const Standardization&) const = default;
};

/// Means and deviations (of n values, divided by n) over up to `samples` samples at even distances
/// of a data set, for the only view of a transform whose values are not standardised and NaN where
/// they are missing. A constant channel has deviation 1. Samples that can't be read are left out.
/// Throws Error where no sample has the view, and, with the sample's name, where one gives an
/// infinite number: means and deviations are finite.
Standardization measure(const data::Transform& plain, const data::Dataset& dataset,
                        std::int64_t samples);

}  // namespace cmc::views
