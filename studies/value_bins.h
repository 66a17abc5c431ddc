#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::studies {

/// A view's values as classes. Maps are averaged down to at most 8 × 8 places; each value, of a
/// channel at a place or of a table's column, falls into one of 16 bins that hold equally many of a
/// sample's. To predict them is to classify, and a prediction may favour several answers where one
/// by L2 ends at their mean: the reason why Zhang, Isola and Efros (2017, "Split-brain
/// autoencoders", arXiv 1611.09842, section 3.1) predict colours so. Their bins are evenly spaced;
/// with those of equal mass, knowing nothing costs log 16 for every value of every kind of view.
class ValueBins {
 public:
  static constexpr std::int64_t count = 16;
  static constexpr std::int64_t side = 8;

  /// Bounds from `sample` ([N, C, H, W], N ≥ 16): the lower one of bin b is the value of rank
  /// ⌊b N / 16⌋. Where values are equal, bins differ in mass or stay empty. Throws Error where N is
  /// less.
  explicit ValueBins(const at::Tensor& sample);

  /// V = C · min(H, 8) · min(W, 8).
  std::int64_t values() const { return bounds_.size(0); }

  /// The bins of a view's values: int64 [N, V], 0 … 15. view: [N, C, H, W], on the sample's device.
  at::Tensor operator()(const at::Tensor& view) const;

 private:
  at::Tensor bounds_;  ///< [V, 15], ascending
};

}  // namespace cmc::studies
