#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::kernels {

/// Windows by rows, then by columns.
struct PoolWindows {
  std::int64_t size[2] = {1, 1}, stride[2] = {1, 1}, padding[2] = {0, 0};
};

/// Whether max_pool() takes x: float32 or bfloat16 [N, C, H, W] on the CPU.
bool has_max_pool(const at::Tensor& x);

/// at::max_pool2d: y[n, c, r, s], the largest value of the window that begins at row stride · r −
/// padding and its column, as far as it is inside; in channels-last memory. Differentiable once.
/// Several channels are compared at once, forward and backward, where libtorch 1.13 goes one by
/// one.
///
/// Throws Error for a window of more than 255 values or larger than the picture with its padding.
at::Tensor max_pool(const at::Tensor& x, const PoolWindows& windows);

}  // namespace cmc::kernels
