#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>

namespace cmc::information {

struct Pairs {
  at::Tensor x, y;
};

/// n draws of two Gaussians of `dim` components, each correlated with its partner by ρ.
inline Pairs correlated(std::int64_t n, std::int64_t dim, double rho) {
  const at::Tensor x = at::randn({n, dim}, at::kDouble);
  return {x, rho * x + std::sqrt(1 - rho * rho) * at::randn({n, dim}, at::kDouble)};
}

}  // namespace cmc::information
