#pragma once

#include <nlohmann/json.hpp>

#include "cmc/recipe/recipe.h"

namespace cmc::benchmarks {

struct ContentionOptions {
  std::int64_t steps = 10;
  int rounds = 3;
};

/// Trains a recipe with one thread and with all, alone and beside processes that keep a core busy
/// each, in sessions of their own, so that the scheduler gives each as much as the training. Prints
/// a table of medians and returns its rows: {"name", "threads", "busy", "samples_per_second",
/// "ratio"}, the ratio to one thread alone.
nlohmann::json contention(const recipe::Recipe& recipe, const ContentionOptions& options = {});

}  // namespace cmc::benchmarks
