#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "cmc/kernels/cpu/tile_exponentials.h"

namespace cmc::kernels {

/// Fewer anchors' figures are done before other threads have woken up.
inline constexpr std::int64_t few_anchors = 512;

/// log Σ exp((s − s⁺)/τ) over an anchor's negatives, the log odds against its positive: `sum` is Σ
/// exp((s − shift)/τ), with shift 0 where the scale fits, else `largest`, the largest s.
inline double log_odds(double sum, float largest, double positive, const ScoreScale& scale) {
  const double shift = scale.fits() ? 0.0 : largest;
  return std::log(sum) + (shift - positive) * scale.inverse_temperature;
}

/// The largest similarity with a negative as results hold it: −∞ where there is none.
inline float hardest(float largest) {
  return largest > -2 ? largest : -std::numeric_limits<float>::infinity();
}

}  // namespace cmc::kernels
