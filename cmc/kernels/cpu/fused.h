#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::kernels {

/// Whether the fused kernels take these rows: float32 or bfloat16 [N, D] on the CPU.
inline bool are_fused(const at::Tensor& rows) {
  return rows.defined() && rows.device().is_cpu() && rows.dim() == 2 &&
         (rows.scalar_type() == at::kFloat || rows.scalar_type() == at::kBFloat16);
}

}  // namespace cmc::kernels
