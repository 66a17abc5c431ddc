#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/recipe/recipe.h"

namespace cmc::recipe {

/// What a recipe asks for and so many training samples can't give, a line each: a batch of more
/// than all samples, more negatives than there are others, more batches in a step than in an epoch.
/// Training lowers them to what there is.
std::vector<std::string> adjustments(const Recipe& recipe, std::int64_t samples);

}  // namespace cmc::recipe
