#include "app/shipped_recipes.h"

#include <algorithm>
#include <fstream>

namespace cmc::app {

std::vector<ShippedRecipe> shipped_recipes() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path folder = program.parent_path().parent_path() / "share/cmc/recipes";
  std::vector<ShippedRecipe> recipes;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".toml") continue;
    ShippedRecipe recipe{.name = entry.path().stem().string(), .path = entry.path(), .summary = ""};
    std::ifstream in(entry.path());
    std::getline(in, recipe.summary);
    recipe.summary.erase(0, recipe.summary.find_first_not_of("# "));
    recipes.push_back(std::move(recipe));
  }
  std::sort(recipes.begin(), recipes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return recipes;
}

std::filesystem::path find_recipe(const std::string& recipe) {
  if (std::filesystem::is_regular_file(recipe)) return recipe;
  for (const ShippedRecipe& shipped : shipped_recipes())
    if (shipped.name == recipe) return shipped.path;
  return recipe;
}

}  // namespace cmc::app
