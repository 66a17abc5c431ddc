#pragma once

#include <cstdint>

#include "cmc/recipe/recipe.h"

namespace cmc::benchmarks {

/// What some steps of a training took.
struct TrainedSteps {
  std::int64_t steps = 0;
  double seconds = 0;
  double samples_per_second = 0;
  double share_waited = 0;  ///< of the time, for the loader
};

/// Trains a recipe for `steps` steps after `before` first ones, which fill the loader's queue and
/// aren't counted; keeps nothing.
TrainedSteps train_steps(recipe::Recipe recipe, std::int64_t steps, std::int64_t before = 1);

}  // namespace cmc::benchmarks
