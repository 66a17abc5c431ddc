#pragma once

#include <cstdint>
#include <string>

namespace cmc::draft {

/// How long a recipe trains.
struct Budget {
  std::int64_t epochs = 0;
  std::int64_t batch_size = 0;
  std::int64_t steps_per_epoch = 0;

  std::int64_t steps() const { return epochs * steps_per_epoch; }
  /// "600 steps of the optimiser, 4 an epoch".
  std::string text() const;
};

/// For so many training samples: the batch is the greatest power of two within half of them, at
/// most `most_batch`, and at least 8; epochs come to `steps` steps or more, and there are at least
/// three.
Budget budget_for(std::int64_t training_samples, std::int64_t steps, std::int64_t most_batch);

}  // namespace cmc::draft
