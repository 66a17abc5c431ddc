#pragma once

#include <cstdint>

#include "cmc/training/train_options.h"

namespace cmc::training {

/// Where no budget is given, a training has so many epochs …
inline constexpr std::int64_t default_epochs = 10;
/// … or, where these are fewer steps, as many as make so many: ten epochs of a small table leave
/// its encoders where they began (docs/doctor.md has what few steps gave).
inline constexpr std::int64_t least_steps = 1000;

/// How long a training is.
struct Budget {
  std::int64_t batch_size = 0;  ///< samples of a batch: the options', at most all
  std::int64_t accumulate = 0;  ///< batches of a step: the options', at most an epoch's
  std::int64_t steps_per_epoch = 0;
  std::int64_t steps = 0;
  bool chosen = false;  ///< the options left it open

  double epochs() const {
    return static_cast<double>(steps) / static_cast<double>(steps_per_epoch);
  }
  /// Samples that steps see, repetitions counted.
  std::int64_t samples_seen() const { return steps * accumulate * batch_size; }
};

/// The options' steps; or their epochs of ⌊⌊samples / batch⌋ / accumulate⌋ steps each; or, where
/// both are 0, default_epochs, at least as many as make least_steps. `samples`: of the training
/// part, 2 or more. Throws Error where the number of steps can't be counted.
Budget budget_of(const TrainOptions& options, std::int64_t samples);

}  // namespace cmc::training
