#pragma once

#include <string>
#include <vector>

#include "cmc/recipe/recipe.h"

namespace cmc::advice {

/// How training can be made to see less of what views share.
struct Disturbances {
  std::vector<std::string> keys;  ///< of the recipe, such as "view.touch.dropout"; never empty
  std::string advice;             ///< "drop more of the columns: view.touch.dropout, now 0"
};

/// By the kinds of the recipe's views; of each kind the first view's key stands for the others'.
Disturbances disturbances_of(const recipe::Recipe& recipe);

}  // namespace cmc::advice
