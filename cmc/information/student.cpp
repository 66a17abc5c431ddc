#include "cmc/information/student.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::information {

double student_information(std::int64_t x_dim, std::int64_t y_dim, double freedom) {
  check(x_dim >= 1 && y_dim >= 1 && freedom > 0,
        "d = {} and {}, ν = {}: both have dimensions, and ν > 0", x_dim, y_dim, freedom);
  const auto term = [&](std::int64_t dims) {
    const double half = (freedom + static_cast<double>(dims)) / 2;
    return half * at::scalar_tensor(half, at::kDouble).digamma().item<double>() - std::lgamma(half);
  };
  return term(x_dim) + term(y_dim) - term(x_dim + y_dim) - term(0);
}

}  // namespace cmc::information
