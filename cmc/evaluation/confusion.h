#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cmc::evaluation {

/// Counts [K][K]: row c, column p has how many samples of class c were predicted as p. labels and
/// predictions: int64 [N] in 0 … classes − 1; throws Error otherwise.
std::vector<std::vector<std::int64_t>> confusion_matrix(const at::Tensor& labels,
                                                        const at::Tensor& predictions,
                                                        std::int64_t classes);

}  // namespace cmc::evaluation
