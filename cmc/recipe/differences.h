#pragma once

#include <string>
#include <vector>

#include "cmc/recipe/recipe.h"

namespace cmc::recipe {

/// A key in which recipes differ.
struct RecipeDifference {
  std::string key = {};  ///< "contrast.temperature", "view.touch.dropout"
  std::vector<std::string> values =
      {};  ///< one a recipe, as TOML has them; "" where it has no such key
};

/// The keys in which recipes differ, in the order of a recipe's tables; names aside. A key of a
/// view's encoder is left out where [encoder] differs in it in the same way, since views take it
/// from there.
std::vector<RecipeDifference> differences(const std::vector<Recipe>& recipes);

}  // namespace cmc::recipe
