#pragma once

#include <nlohmann/json.hpp>

#include "cmc/recipe/recipe.h"

namespace cmc::benchmarks {

/// Features of the recipe's test part by untrained encoders, as `cmc evaluate` and `cmc embed` take
/// them: by one rank, and by as many as there are cores (at least two), threads of this process
/// over loopback, each with a core for reading and encoding; in turn, medians of `rounds`.
/// Prints a table and returns its rows: {"processes", "samples_per_second", "ratio"}, the ratio to
/// as many times one rank's rate.
nlohmann::json shared_features(const recipe::Recipe& recipe, int rounds = 3);

}  // namespace cmc::benchmarks
