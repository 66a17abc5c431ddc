#pragma once

#include <cstdint>

#include "cmc/kernels/cpu/convolution_shape.h"

namespace cmc::kernels {

// A convolution's three products on AMX, bfloat16 × bfloat16 with float32 sums, by the calling
// thread; only where may_use_amx(). Pictures are bfloat16 as its bits, in channels-last memory;
// weights are float32 [out channels, kernel rows, kernel columns, in channels] and are rounded to
// bfloat16. `n` is the number of pictures.

/// y[n, r, c, o] = Σ w[o, t, u, i] · x[n, s r + t − p, s c + u − p, i], rounded to bfloat16.
void amx_convolve(const ConvolutionShape& convolution, std::int64_t n, const std::uint16_t* x,
                  const float* weights, std::uint16_t* y);

/// The gradient of x, of its shape, by that of y, rounded to bfloat16.
void amx_input_gradient(const ConvolutionShape& convolution, std::int64_t n,
                        const std::uint16_t* y_gradient, const float* weights,
                        std::uint16_t* x_gradient);

/// The gradient of the weights, of their shape, in float32.
void amx_weight_gradient(const ConvolutionShape& convolution, std::int64_t n,
                         const std::uint16_t* x, const std::uint16_t* y_gradient,
                         float* weight_gradient);

}  // namespace cmc::kernels
