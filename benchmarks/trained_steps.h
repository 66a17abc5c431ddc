#pragma once

#include <cstdint>

#include "cmc/recipe/recipe.h"

namespace cmc::benchmarks {

/// What some steps of a training took.
struct TrainedSteps {
  std::int64_t steps = 0;
  double samples_per_second = 0;
  double share_waited = 0;  ///< of the time, for the loader
};

/// Trains a recipe for `steps` steps after a first one, which fills the loader's queue and isn't
/// counted; keeps nothing.
TrainedSteps train_steps(recipe::Recipe recipe, std::int64_t steps);

}  // namespace cmc::benchmarks
