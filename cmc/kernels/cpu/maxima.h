#pragma once

#include <cstdint>

namespace cmc::kernels {

/// Windows of pictures along rows or along columns: window i has the inputs stride · i + t −
/// padding, t = 0 … size − 1, as far as they are inside.
struct WindowAxis {
  std::int64_t in = 0, out = 0, size = 1, stride = 1, padding = 0;
};

/// n pictures in channels-last memory, of float32, or of bfloat16 as its 16 bits.
struct Windows {
  std::int64_t n = 0, channels = 0;
  WindowAxis rows, columns;
  bool bfloat16 = false;
};

/// y[n, r, c, ch] = the largest value of window (r, c), NaN where there is one; taps[n, r, c, ch]:
/// which of the window's it is, row by row, the first of equals. A window has 255 values at most.
void maxima(const Windows& windows, const void* x, void* y, std::uint8_t* taps);

/// The gradient of x, of its shape, by that of y: where several windows have a value, their sum.
void maxima_gradient(const Windows& windows, const void* y_gradient, const std::uint8_t* taps,
                     void* x_gradient);

}  // namespace cmc::kernels
