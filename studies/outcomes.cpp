#include "studies/outcomes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cmc::studies {

using advice::Outcome;
using information::ConfidenceInterval;

Outcome at_least(const ConfidenceInterval& interval, double value) {
  if (interval.low >= value) return Outcome::held;  // NaN of one seed is neither
  return interval.high < value ? Outcome::not_held : Outcome::open;
}

Outcome at_most(const ConfidenceInterval& interval, double value) {
  if (interval.high <= value) return Outcome::held;
  return interval.low > value ? Outcome::not_held : Outcome::open;
}

Outcome near_truth(const ConfidenceInterval& interval, double truth, double tolerance) {
  if (std::abs(interval.mean - truth) <= tolerance) return Outcome::held;
  const bool beyond = interval.low > truth + tolerance || interval.high < truth - tolerance;
  return beyond ? Outcome::not_held : Outcome::open;
}

Outcome agrees(const ConfidenceInterval& interval, double value) {
  if (!std::isfinite(interval.low)) return Outcome::open;
  return interval.low <= value && value <= interval.high ? Outcome::held : Outcome::not_held;
}

double smallest_effect(const ConfidenceInterval& interval) {
  if (interval.batches < 2) return std::numeric_limits<double>::quiet_NaN();
  const std::int64_t freedom = interval.batches - 1;
  // 0.6 of the mass in the middle leaves 0.8 below the upper end.
  const double reach = information::student_t(freedom, 0.95) + information::student_t(freedom, 0.6);
  return reach * interval.deviation / std::sqrt(static_cast<double>(interval.batches));
}

Outcome worse(Outcome a, Outcome b) {
  if (a == Outcome::not_held || b == Outcome::not_held) return Outcome::not_held;
  return a == Outcome::open || b == Outcome::open ? Outcome::open : Outcome::held;
}

advice::Verdict verdict_on_gains(std::string claim, std::string measured,
                                 const std::vector<ConfidenceInterval>& gains, double counts,
                                 double scale) {
  Outcome outcome = Outcome::held;
  double seen = 0;
  for (const ConfidenceInterval& gain : gains) {
    const Outcome own = counts > 0 ? at_least(gain, counts) : advice::positive(gain);
    outcome = worse(outcome, own);
    if (own == Outcome::open) seen = std::max(seen, scale * (counts + smallest_effect(gain)));
  }
  if (outcome == Outcome::open && std::isfinite(seen) && seen > 0)
    measured += fmt::format("; {:.2g} would have been seen (power 0.8)", seen);
  return {std::move(claim), std::move(measured), outcome};
}

}  // namespace cmc::studies
