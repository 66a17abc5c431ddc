#include "cmc/kernels/softplus.h"

#include <ATen/ATen.h>

#include <cmath>

namespace cmc::kernels {

double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

at::Tensor softplus(const at::Tensor& x) {
  // From 40 on, exp(−x) is below half a unit in the last place of a float64 x.
  return at::softplus(x, /*beta=*/1, /*threshold=*/40);
}

}  // namespace cmc::kernels
