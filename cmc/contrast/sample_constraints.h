#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::contrast {

/// What the data set says of whom a sample may meet as a negative.
struct SampleConstraints {
  /// Group of each sample of the data set, int64 [n] on the CPU, or undefined: samples of one group
  /// are duplicates and never meet.
  at::Tensor groups = {};
  /// Which views each sample of the data set has, bool [n, views], or undefined: all, as far as is
  /// known.
  at::Tensor present = {};

  /// The groups of the samples `indices`, int64 [N] on the CPU; without groups the indices.
  at::Tensor groups_of(const at::Tensor& indices) const;
};

/// Throws Error unless `groups` are int64 [n] or undefined.
void check_groups(const at::Tensor& groups);

}  // namespace cmc::contrast
