#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cmc/recipe/recipe.h"

namespace cmc::advice {

/// A recipe and some values of one of its keys, each of which makes other views.
struct ViewFamily {
  recipe::Recipe recipe;  ///< as it is
  std::string key;        ///< such as "views.distance"
  std::vector<std::string> values;
  std::vector<recipe::Recipe> recipes;  ///< one a value
};

/// Reads "KEY=V1,V2,…", such as "views.distance=0,4,8" or "view.left.dropout=0.1,0.3", for the
/// recipe of a file with its overrides. A value may be a list, [1, 2]. Throws UsageError that names
/// what is wrong and what would be right: not a recipe's key (the nearest), a key of another choice
/// than the recipe's, one that does not change the views, fewer than two values, a value twice or
/// of the wrong type.
ViewFamily read_view_family(const std::filesystem::path& path,
                            const std::vector<std::string>& overrides, const std::string& vary);

/// Throws UsageError where all values make the same views of the training samples: a key that is
/// not in use, such as padding where nothing is padded.
void check_views_differ(const ViewFamily& family);

}  // namespace cmc::advice
