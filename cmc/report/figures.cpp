#include "cmc/report/figures.h"

#include <fmt/format.h>

#include <cmath>

#include "cmc/information/units.h"

namespace cmc::report {

std::string percent(double share) {
  return fixed(100 * share, 1);
}

std::string percent(double mean, double deviation, int seeds) {
  return seeds > 1 ? percent(mean) + " ± " + percent(deviation) : percent(mean);
}

std::string fixed(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "–";
}

double bits(double nats) {
  return nats * information::bits_per_nat;
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace cmc::report
