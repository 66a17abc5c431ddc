#include "cmc/recipe/recipe.h"

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

/// What is accepted reads back as it was written.
void cmc::fuzz::recipe(Bytes input) {
  static const Folder folder;
  const recipe::Recipe recipe = recipe::read_recipe(folder.write("recipe.toml", input));
  const std::string text = recipe::to_toml(recipe);
  const recipe::Recipe again = recipe::read_recipe(folder.write("again.toml", text));
  demand(recipe::to_toml(again) == text, "a recipe reads back as it was written");
}
