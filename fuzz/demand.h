#pragma once

#include <cmath>
#include <span>
#include <stdexcept>

namespace cmc::fuzz {

/// What holds of everything that a reader accepts. It is no Error that is thrown where it does not.
inline void demand(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

inline void demand_finite(std::span<const float> values) {
  for (const float value : values) demand(std::isfinite(value), "every number is finite");
}

}  // namespace cmc::fuzz
