#pragma once

#include <cstdint>
#include <variant>

namespace cmc::contrast {

/// τ that moves from one value to another along half a cosine over the first `steps` updates, then
/// stays.
struct TemperatureSchedule {
  double from = 0.5;
  double to = 0.07;
  std::int64_t steps = 1000;
};

/// τ that is learned with the encoders, as the parameter log(1/τ) (Radford et al. 2021, CLIP,
/// section 2.5). `least` is CLIP's clamp: 1/τ never exceeds 1/least = 100.
struct LearnedTemperature {
  double initial = 0.07;
  double least = 0.01;
};

/// A fixed τ (a plain number), a scheduled or a learned one.
using Temperature = std::variant<double, TemperatureSchedule, LearnedTemperature>;

/// Throws Error unless every τ that `temperature` can take is finite and positive.
void check_temperature(const Temperature& temperature);

/// τ of a fixed or scheduled temperature after `step` updates; the initial one of a learned
/// temperature.
double temperature_at(const Temperature& temperature, std::int64_t step);

}  // namespace cmc::contrast
