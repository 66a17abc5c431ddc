#include "cmc/information/info_nce.h"

#include <cmath>

#include "cmc/error.h"
#include "cmc/information/units.h"

namespace cmc::information {

InfoNce info_nce(double k, double loss) {
  check(std::isfinite(k) && k >= 0, "k = {}: the number of negatives is finite and not negative",
        k);
  return {.bound = std::log(k) - loss,
          .tight_bound = std::log1p(k) - loss,
          .bound_ceiling = std::log(k),
          .ceiling = std::log1p(k)};
}

bool informative(double bound) {
  return bound * bits_per_nat >= 0.005;
}

std::string at_least(double bound) {
  return informative(bound) ? fmt::format("at least {:.2f} bits", bound * bits_per_nat)
                            : "at least 0 bits";
}

}  // namespace cmc::information
