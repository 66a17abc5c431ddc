#include "cmc/kernels/cpu/convolution_shape.h"

#include <algorithm>

namespace cmc::kernels {
namespace {

std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

}  // namespace

std::int64_t ConvolutionAxis::shift(std::int64_t tap) const {
  return floor_divided(tap - padding, stride);
}

std::int64_t ConvolutionAxis::phase(std::int64_t tap) const {
  return tap - padding - stride * shift(tap);
}

std::int64_t ConvolutionAxis::pitch() const {
  const std::int64_t back = std::max<std::int64_t>(0, -shift(0)),
                     forth = std::max<std::int64_t>(0, shift(kernel - 1));
  return std::max(out() + forth, in_of_phase(0) + back);
}

std::int64_t ConvolutionAxis::reach() const {
  return std::max<std::int64_t>({0, -shift(0), shift(kernel - 1)});
}

}  // namespace cmc::kernels
