#pragma once

#include <string>

#include "cmc/data/splits.h"
#include "cmc/recipe/recipe.h"

namespace cmc::advice {

/// A hash of what a recipe sets (recipe::own_settings): the same wherever its data lie, and with
/// keys that a later version adds.
std::string fingerprint(const recipe::Recipe& recipe);

/// A hash that tells data sets apart wherever they lie: of each part's size, its classes, and the
/// values and labels of its first, its middle and its last sample.
std::string fingerprint(const data::Splits& parts);

}  // namespace cmc::advice
