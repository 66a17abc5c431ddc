#include "cmc/training/budget.h"

#include <algorithm>

#include "cmc/error.h"

namespace cmc::training {

Budget budget_of(const TrainOptions& options, std::int64_t samples) {
  Budget budget{.batch_size = std::min(options.batch_size, samples)};
  const std::int64_t batches = std::max<std::int64_t>(1, samples / budget.batch_size);
  budget.accumulate = std::min(options.accumulate, batches);
  budget.steps_per_epoch = batches / budget.accumulate;
  budget.steps = options.steps;
  if (budget.steps > 0) return budget;
  budget.chosen = options.epochs == 0;
  const std::int64_t epochs =
      budget.chosen ? std::max(default_epochs,
                               (least_steps + budget.steps_per_epoch - 1) / budget.steps_per_epoch)
                    : options.epochs;
  check(epochs >= 0 && !__builtin_mul_overflow(epochs, budget.steps_per_epoch, &budget.steps),
        "{} epochs of {} steps each: not a number of steps that can be counted", epochs,
        budget.steps_per_epoch);
  return budget;
}

}  // namespace cmc::training
