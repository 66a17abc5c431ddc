#pragma once

#include <nlohmann/json.hpp>

#include "cmc/recipe/recipe.h"

namespace cmc::benchmarks {

struct WaitingOptions {
  std::int64_t steps = 60;
};

/// Trains a recipe for some steps, in a folder that is removed again, and tells the share of the
/// time that training waited for the loader, after the first step, which fills the loader's
/// queue. Prints a line and returns a row: {"name", "share", "images_per_second"}.
nlohmann::json waiting(recipe::Recipe recipe, const WaitingOptions& options = {});

}  // namespace cmc::benchmarks
