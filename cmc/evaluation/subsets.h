#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::evaluation {

/// Indices (int64 [n], ascending) of a random subset of n samples in which each class has n / K of
/// them, rounded up or down, or all that it has where those are fewer; the rest is then shared by
/// the other classes. labels: int64 [N]; negative ones are left out. Throws Error where fewer than
/// n samples have a label.
at::Tensor stratified_subset(const at::Tensor& labels, std::int64_t n, std::uint64_t seed);

/// Indices of the samples that have a label (int64, ascending).
at::Tensor labelled(const at::Tensor& labels);

}  // namespace cmc::evaluation
