#pragma once

#include <cstdint>

namespace cmc::information {

struct ShareInterval {
  double low = 0, high = 1;
};

/// Where the share lies of which `hits` of `n` independent samples are a draw, at 95 %, by Wilson's
/// score (Wilson 1927, "Probable inference, the law of succession, and statistical inference"):
///
///   (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n), p = hits/n, z = 1.96.
///
/// Unlike p ± z √(p (1 − p)/n) it stays within [0, 1] and has a width at 0 and 1. Throws Error
/// unless 0 ≤ hits ≤ n and n > 0.
ShareInterval share_interval(std::int64_t hits, std::int64_t n);

}  // namespace cmc::information
