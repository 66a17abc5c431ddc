#pragma once

#include <optional>

#include "cmc/runs/metrics.h"

namespace cmc::runs {

/// Held-out samples got worse while training went on to get better: it learned its samples by
/// heart. Losses are k-pair values of one direction, nats.
struct Overfitting {
  training::HeldOutFigures best;  ///< of the lowest loss
  double last_loss = 0;           ///< held-out, mean of the last measurements
  double estimate_at_best = 0;    ///< the training estimate then …
  double last_estimate = 0;       ///< … and in the end

  /// Whether the best of them tells more than guessing, whose loss is log(k + 1). If it does not,
  /// its encoders are those that training began with, and the last ones may still find samples
  /// better.
  bool best_beats_chance() const { return best.loss < best.ceiling; }
};

/// From this share of its ceiling log(k + 1) on, a rise of the held-out loss above its lowest is no
/// chance: the same samples are measured in the same batches each time, so that the measurements of
/// a training that has settled differ by a fraction of that.
inline constexpr double held_out_rise = 0.05;

/// What the metrics say of that: where the mean loss of the last tenth of the held-out measurements
/// (at most 5, at least 1) is above the lowest by held_out_rise · log(k + 1) or more, while the
/// training estimate rose from there. Nothing otherwise, and below 4 measurements.
std::optional<Overfitting> overfitting(const Metrics& metrics);

}  // namespace cmc::runs
