#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::kernels {

/// By rows, then by columns.
struct ConvolutionSteps {
  std::int64_t stride[2] = {1, 1}, padding[2] = {0, 0};
};

/// Whether convolution() takes these: a batch of pictures [N, C, H, W] with values on the CPU, and
/// float32 weights [O, C, K, L] of 16 output channels or more (fewer leave the tiles empty), on a
/// processor with AMX.
bool has_convolution(const at::Tensor& x, const at::Tensor& weight);

/// y[n, o, r, c] = Σ w[o, i, t, u] · x[n, i, s r + t − p, s c + u − p], with x and w rounded to
/// bfloat16 and sums in float32; y is bfloat16, in channels-last memory. Differentiable once: x's
/// gradient is of x's type, and the weights', unlike that of autocast, is rounded nowhere.
///
/// A batch is worked on by as many threads as libtorch has, in parts of it, and gives the same bits
/// with the same number of them; in the work of a Team (cmc/team.h) by the member's own.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight,
                       const ConvolutionSteps& steps);

}  // namespace cmc::kernels
