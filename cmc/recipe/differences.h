#pragma once

#include <string>
#include <vector>

#include "cmc/recipe/recipe.h"

namespace cmc::recipe {

/// A key in which recipes differ.
struct RecipeDifference {
  /// "contrast.temperature", "view.touch.dropout", "contrast.pair.1.temperature"
  std::string key = {};
  std::vector<std::string> values =
      {};  ///< one a recipe, as TOML has them; "" where it has no such key
};

/// The keys in which recipes differ, in the order of a recipe's tables; names aside. A key of a
/// view's encoder is left out where [encoder] differs in it in the same way, since views take it
/// from there.
std::vector<RecipeDifference> differences(const std::vector<Recipe>& recipes);

/// What a recipe sets other than recipe_reference() has it, a line a key: "train.epochs = 5". Its
/// name is left out, and so are the places of its data (data.root, data.manifest).
std::string own_settings(const Recipe& recipe);

}  // namespace cmc::recipe
