#pragma once

#include <functional>

namespace cmc::evaluation {

/// Where in [low, high] a value with a single peak is largest, to half of `within`: golden-section
/// search.
double where_largest(const std::function<double(double)>& value, double low, double high,
                     double within);

}  // namespace cmc::evaluation
