#pragma once

#include <string>

namespace cmc::report {

/// A share in percent, without the sign: percent(0.8957) is "89.6"; "–" for a share that isn't
/// finite.
std::string percent(double share);

/// A share in percent and, where it is a mean over several seeds, its standard deviation: "89.6 ±
/// 0.2".
std::string percent(double mean, double deviation, int seeds);

/// Digits after the point as given; "–" for a number that isn't finite.
std::string fixed(double value, int digits);

/// Nats as bits: value / log 2.
double bits(double nats);

/// "4 min 3 s", "1 h 2 min"; whole seconds.
std::string duration(double seconds);

}  // namespace cmc::report
