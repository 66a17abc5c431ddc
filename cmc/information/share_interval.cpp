#include "cmc/information/share_interval.h"

#include <algorithm>
#include <cmath>

#include "cmc/error.h"

namespace cmc::information {

ShareInterval share_interval(std::int64_t hits, std::int64_t n) {
  check(n > 0 && hits >= 0 && hits <= n, "{} of {}: no share of samples", hits, n);
  constexpr double z = 1.959963984540054;  // of the normal distribution, 2.5 % on each side
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(hits) / count, square = z * z / count;
  const double half = z * std::sqrt(p * (1 - p) / count + square / (4 * count));
  return {std::max(0.0, (p + square / 2 - half) / (1 + square)),
          std::min(1.0, (p + square / 2 + half) / (1 + square))};
}

}  // namespace cmc::information
