#pragma once

#include <cstdint>
#include <vector>

namespace cmc::training {

enum class ScheduleKind {
  /// η(t) = η₀ (1 + cos πt) / 2 with t from 0 to 1 after the warm-up (Loshchilov and Hutter, arXiv
  /// 1608.03983, equation 5).
  cosine,
  /// η₀ γ^i after the i-th milestone.
  step,
  constant,
};

/// How the learning rate moves over a run of `steps` optimiser steps.
struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::cosine;
  /// Steps over which the rate rises linearly from 0.
  std::int64_t warmup_steps = 0;
  /// step: fractions of the run at which the rate is multiplied by `gamma`.
  std::vector<double> milestones = {0.6, 0.8};
  double gamma = 0.1;
};

/// The factor on the learning rate at `step` (0 … steps − 1). A pure function, so that a resumed
/// run needs no state for it.
double schedule_factor(const ScheduleOptions& options, std::int64_t step, std::int64_t steps);

}  // namespace cmc::training
