#include "cmc/contrast/temperature.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::contrast {

void check_temperature(const Temperature& temperature) {
  if (const auto* fixed = std::get_if<double>(&temperature)) {
    kernels::check_temperature(*fixed);
  } else if (const auto* schedule = std::get_if<TemperatureSchedule>(&temperature)) {
    kernels::check_temperature(schedule->from);
    kernels::check_temperature(schedule->to);
    check(schedule->steps > 0, "the temperature's schedule has {} steps; it needs at least 1",
          schedule->steps);
  } else {
    const auto& learned = std::get<LearnedTemperature>(temperature);
    kernels::check_temperature(learned.initial);
    kernels::check_temperature(learned.least);
    check(learned.initial >= learned.least,
          "the learned temperature starts at {}, below the least that it may take, {}",
          learned.initial, learned.least);
  }
}

double temperature_at(const Temperature& temperature, std::int64_t step) {
  if (const auto* fixed = std::get_if<double>(&temperature)) return *fixed;
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature)) return learned->initial;
  const auto& [from, to, steps] = std::get<TemperatureSchedule>(temperature);
  const double done = std::min(1.0, static_cast<double>(step) / static_cast<double>(steps));
  return to + 0.5 * (from - to) * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace cmc::contrast
