#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cmc/recipe/recipe.h"

namespace cmc::benchmarks {

/// When the gradients' buckets of a step travel: trains the recipe for a few steps with two ranks,
/// threads of this process over loopback, and looks at rank 0's last step. Prints how much of their
/// way lies before the step begins to wait for them, that is beside the backward pass; draws the
/// step's timeline to `figure` (SVG) unless it is empty; and returns {"buckets", "seconds",
/// "share_beside_backward", "spans": [[start, end], …]}, in seconds since the step
/// began.
nlohmann::json overlap(const recipe::Recipe& recipe, const std::filesystem::path& figure = {});

}  // namespace cmc::benchmarks
