#include "cmc/draft/budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmc/with_commas.h"

namespace cmc::draft {

std::string Budget::text() const {
  return fmt::format("{} steps of the optimiser, {} an epoch", with_commas(steps()),
                     with_commas(steps_per_epoch));
}

Budget budget_for(std::int64_t training_samples, std::int64_t steps, std::int64_t most_batch) {
  constexpr std::int64_t least_batch = 8, least_epochs = 3;
  Budget budget{.batch_size = least_batch};
  while (2 * budget.batch_size <= std::min(most_batch, training_samples / 2))
    budget.batch_size *= 2;
  budget.steps_per_epoch = std::max<std::int64_t>(1, training_samples / budget.batch_size);
  budget.epochs =
      std::max(least_epochs, (steps + budget.steps_per_epoch - 1) / budget.steps_per_epoch);
  return budget;
}

}  // namespace cmc::draft
