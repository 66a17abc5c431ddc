#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace cmc::kernels {

/// Pairs (row, column) of a score matrix that are no negatives, in order of their row.
class ExcludedPairs {
 public:
  ExcludedPairs() = default;

  /// `pairs`: int64 [2, E], rows in [0, rows), columns in [0, columns); undefined: none. Pairs
  /// given twice count once. Throws Error on another shape or a pair out of range.
  ExcludedPairs(const at::Tensor& pairs, std::int64_t rows, std::int64_t columns);

  /// Number of distinct pairs.
  std::int64_t size() const { return static_cast<std::int64_t>(columns_.size()); }

  /// The columns excluded for `row` within [first, last), ascending.
  std::span<const std::int64_t> columns(std::int64_t row, std::int64_t first,
                                        std::int64_t last) const;

 private:
  std::vector<std::int64_t> begins_;
  std::vector<std::int64_t> columns_;
};

/// Throws Error unless `pairs`, those of anchors and candidates that are left to meet, are any.
void check_some_meet(std::int64_t pairs);

/// Throws Error unless `pairs` are int64 [2, E], rows in [0, rows), columns in [0, columns).
void check_excluded(const at::Tensor& pairs, std::int64_t rows, std::int64_t columns);

/// The same pairs as a mask, bool [rows, columns], on `device`.
at::Tensor excluded_mask(const at::Tensor& pairs, std::int64_t rows, std::int64_t columns,
                         at::Device device);

}  // namespace cmc::kernels
