#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace cmc::evaluation {

/// JSON has no NaN and no infinity: they are written as null …
inline nlohmann::json finite_or_null(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

/// … and null is read as NaN.
inline double number_or_nan(const nlohmann::json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace cmc::evaluation
