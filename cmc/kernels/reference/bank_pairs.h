#pragma once

#include <ATen/core/Tensor.h>

#include "cmc/kernels/reference/score_sums.h"

namespace cmc::kernels {

/// The pairs of unit `anchors` [N, D] with the picked rows of a bank, as bank_contrast takes them.
/// Throws Error on a bank or picks that it does not take.
ScorePairs bank_pairs(const at::Tensor& anchors, const at::Tensor& bank, const at::Tensor& picks,
                      const at::Tensor& excluded);

}  // namespace cmc::kernels
