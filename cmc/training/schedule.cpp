#include "cmc/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cmc/error.h"

namespace cmc::training {

double schedule_factor(const ScheduleOptions& options, std::int64_t step, std::int64_t steps) {
  if (step < options.warmup_steps)
    return static_cast<double>(step + 1) / static_cast<double>(options.warmup_steps);
  const double after = static_cast<double>(step - options.warmup_steps);
  const double length =
      static_cast<double>(std::max<std::int64_t>(1, steps - options.warmup_steps));
  switch (options.kind) {
    case ScheduleKind::cosine:
      return 0.5 * (1.0 + std::cos(std::numbers::pi * after / length));
    case ScheduleKind::step: {
      const double done =
          static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, steps));
      const auto passed = std::count_if(options.milestones.begin(), options.milestones.end(),
                                        [&](double milestone) { return done >= milestone; });
      return std::pow(options.gamma, static_cast<double>(passed));
    }
    case ScheduleKind::constant:
      return 1.0;
  }
  fail("ScheduleOptions::kind has no such value");
}

}  // namespace cmc::training
