#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cmc::kernels {

/// Throws Error unless `groups` are int64 [rows] or [rows, columns]; `name` is what they are
/// called.
void check_positive_groups(const at::Tensor& groups, std::int64_t rows, const char* name);

/// Which candidates are positives of which anchors: those that share a group with them in one of
/// the columns. A negative number is no group.
class PositiveGroups {
 public:
  /// `anchors`: int64 [N] or [N, C]; `candidates`: int64 [K] or [K, C].
  PositiveGroups(const at::Tensor& anchors, const at::Tensor& candidates);

  /// C.
  std::int64_t columns() const { return columns_; }

  /// The groups of column c by anchor, where none is −1, and by candidate, where none is −2, so
  /// that no group is shared where there is none. They are equal where groups are.
  const std::int32_t* anchors(std::int64_t c) const { return anchors_.data() + c * anchor_count_; }
  const std::int32_t* candidates(std::int64_t c) const {
    return candidates_.data() + c * candidate_count_;
  }

 private:
  std::int64_t columns_, anchor_count_, candidate_count_;
  std::vector<std::int32_t> anchors_, candidates_;
};

/// The same as a mask, bool [N, K], on the groups' device.
at::Tensor positive_mask(const at::Tensor& anchors, const at::Tensor& candidates);

}  // namespace cmc::kernels
