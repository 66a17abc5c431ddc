#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::kernels {

/// Scores [N, K] with a value far below every cosine where `mask`, bool [N, K], says that a pair is
/// no negative.
at::Tensor only_negatives(const at::Tensor& scores, const at::Tensor& mask);

}  // namespace cmc::kernels
