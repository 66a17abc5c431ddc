#pragma once

#include <string>

#include "cmc/recipe/recipe.h"

namespace cmc::recipe {

/// What to_toml gave, as a recipe again; `where` says whose it is in messages. Throws UsageError as
/// read_recipe does.
Recipe recipe_of_text(const std::string& toml, const std::string& where);

}  // namespace cmc::recipe
