#pragma once

#include <torch/types.h>

/// Raw embeddings of two views in closed form, which other libraries were given too.
namespace cmc::contrast {

struct RawViews {
  at::Tensor first, second;
};

/// float64 [6, 4]: sin(1 + 3i + 7d) (0.5 + d/4) and cos(2 + 5i + 2d) (1.25 − d/4) + 0.5.
inline RawViews raw_views() {
  const at::Tensor i = at::arange(6, at::kDouble).unsqueeze(1), d = at::arange(4, at::kDouble);
  return {(at::sin(1 + 3 * i + 7 * d) * (0.5 + d / 4)).requires_grad_(),
          (at::cos(2 + 5 * i + 2 * d) * (1.25 - d / 4) + 0.5).requires_grad_()};
}

inline double entry(const at::Tensor& z, std::int64_t i, std::int64_t d) {
  return z[i][d].item<double>();
}

}  // namespace cmc::contrast
