#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/evaluation/features.h"

namespace cmc::evaluation {

/// Fold of each sample for cross-validation: int64 [N] in 0 … F − 1, with F the smaller of `folds`
/// and the number of groups. No fold is empty, and samples of one group are in one fold.
///
/// Groups are dealt out whole, the largest first and equal ones in a random order, each to the fold
/// in which its classes have the least share so far, Σ_c g_c n_c / N_c (g_c of the group, n_c of
/// the fold, N_c of all); of equals to the one with fewest samples, then to the first. Where every
/// sample is a group of its own, the folds' counts of a class thus differ by at most 1.
///
/// labels: int64 [N] of classes, 0 or more. groups: N names (Dataset::group). Throws Error where
/// there is one group alone, folds < 2, or the sizes differ.
at::Tensor deal_folds(const at::Tensor& labels, const std::vector<std::string>& groups, int folds,
                      std::uint64_t seed);

/// The samples of one of these folds (int64 [N]) to judge by, those of the others to learn from.
FeatureParts parts_of_fold(const Features& features, const at::Tensor& folds, std::int64_t fold);

}  // namespace cmc::evaluation
