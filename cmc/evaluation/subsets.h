#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::evaluation {

/// Indices (int64 [n], ascending) of a random subset of n samples in which each class has n / K of
/// them, rounded up or down, or all that it has where those are fewer; the rest is then shared by
/// the other classes. labels: int64 [N]; negative ones are left out. Throws Error where fewer than
/// n samples have a label.
at::Tensor stratified_subset(const at::Tensor& labels, std::int64_t n, std::uint64_t seed);

/// Indices (int64 [n], ascending) of a random subset of n samples in which each class has its
/// share, n N_c / N of them, rounded up or down. labels: int64 [N], none negative. Throws Error
/// unless 0 < n ≤ N.
at::Tensor proportional_subset(const at::Tensor& labels, std::int64_t n, std::uint64_t seed);

/// Fold of each sample: int64 [N] in 0 … folds − 1, at random, where the folds' counts of a class,
/// and their sizes, differ by at most 1. labels: int64 [N], none negative.
at::Tensor stratified_folds(const at::Tensor& labels, int folds, std::uint64_t seed);

/// min(n, rows) rows at even distances, ⌊i · rows / n⌋ (int64, ascending), so that what is sorted
/// by class keeps its classes.
at::Tensor evenly_spaced(std::int64_t rows, std::int64_t n);

/// Indices of the samples that have a label (int64, ascending).
at::Tensor labelled(const at::Tensor& labels);

}  // namespace cmc::evaluation
