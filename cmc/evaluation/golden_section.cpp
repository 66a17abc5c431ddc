#include "cmc/evaluation/golden_section.h"

#include <cmath>

namespace cmc::evaluation {

double where_largest(const std::function<double(double)>& value, double low, double high,
                     double within) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = value(left), at_right = value(right);
  while (high - low > within) {
    if (at_left > at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = value(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = value(right);
    }
  }
  return (low + high) / 2;
}

}  // namespace cmc::evaluation
