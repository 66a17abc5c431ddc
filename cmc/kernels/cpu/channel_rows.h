#pragma once

#include <cstdint>

namespace cmc::kernels {

/// Rows of channels, one row after another: a batch [N, C], or a picture's [N, C, H, W] in
/// channels-last memory with rows = N · H · W. Values are float32, or bfloat16 as its 16 bits.
struct ChannelRows {
  const void* values = nullptr;
  std::int64_t rows = 0, channels = 0;
  bool bfloat16 = false;
};

/// For each channel c: sum[c] += Σ (x − origin[c]) and squares[c] += Σ (x − origin[c])², over the
/// rows; in float32 within 128 rows, in float64 between them.
void add_moments(const ChannelRows& x, const float* origin, double* sum, double* squares);

/// y = scale[c] · (x − mean[c]) + shift[c] for each value, 0 where that is negative and `relu`; to
/// `y`, of x's type and size.
struct ChannelScale {
  const float *mean = nullptr, *scale = nullptr, *shift = nullptr;
  bool relu = false;
};
void scale_channels(const ChannelRows& x, const ChannelScale& scale, void* y);

/// For each channel: sum[c] += Σ g and product[c] += Σ g · (x − mean[c]). g is the gradient of y in
/// scale_channels, of x's type, 0 where y is.
void add_gradient_sums(const ChannelRows& x, const void* gradient, const ChannelScale& scale,
                       double* sum, double* product);

/// scale[c] · g + slope[c] · (x − mean[c]) + offset[c] for each value, with g as above; to
/// `result`, of x's type and size.
void scale_gradient(const ChannelRows& x, const void* gradient, const ChannelScale& scale,
                    const float* slope, const float* offset, void* result);

}  // namespace cmc::kernels
