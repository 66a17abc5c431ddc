#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cmc::app {

/// A recipe that ships with the program.
struct ShippedRecipe {
  std::string name;
  std::filesystem::path path;
  std::string summary;  ///< its first comment line
};

/// Those in ../share/cmc/recipes beside the program, by name.
std::vector<ShippedRecipe> shipped_recipes();

/// The file that `recipe` names: a path, or the name of a recipe that ships.
std::filesystem::path find_recipe(const std::string& recipe);

}  // namespace cmc::app
