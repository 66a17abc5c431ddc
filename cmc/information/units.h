#pragma once

#include <numbers>

namespace cmc::information {

/// Bits in a nat: what is computed in nats is told in bits.
inline constexpr double bits_per_nat = 1 / std::numbers::ln2;

}  // namespace cmc::information
