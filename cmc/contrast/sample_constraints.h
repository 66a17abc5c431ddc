#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::contrast {

/// What the data set says of whom a sample may meet as a negative, and as a positive.
struct SampleConstraints {
  /// Group of each sample of the data set, int64 [n] on the CPU, or undefined: samples of one group
  /// are duplicates and never meet.
  at::Tensor groups = {};
  /// Which views each sample of the data set has, bool [n, views], or undefined: all, as far as is
  /// known.
  at::Tensor present = {};
  /// Positive groups of each sample, int64 [n, C] on the CPU, or undefined: samples that have the
  /// same number in one of the columns are positives of each other; −1: no group.
  at::Tensor positives = {};
  /// Samples that each sample's anchor must meet as negatives, int64 [n, H] on the CPU, −1 for
  /// none; or undefined.
  at::Tensor hard_negatives = {};

  /// The groups of the samples `indices`, int64 [N] on the CPU; without groups the indices.
  at::Tensor groups_of(const at::Tensor& indices) const;

  /// The positive groups of the samples `indices`, int64 [N, C] on the CPU; undefined without.
  at::Tensor positives_of(const at::Tensor& indices) const;
};

/// Throws Error unless `groups` are int64 [n] or undefined.
void check_groups(const at::Tensor& groups);

/// Throws Error unless `hard_negatives` are int64 [n, H] with samples in [0, n) or −1, none of them
/// the sample itself.
void check_hard_negatives(const at::Tensor& hard_negatives);

/// Throws Error unless `positives` are int64 [n] or [n, C], and where they leave no negative: one
/// column has one group alone, which every sample is of.
void check_positives(const at::Tensor& positives);

}  // namespace cmc::contrast
