#include "cmc/training/recipe.h"

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

/// What is accepted reads back as it was written.
void cmc::fuzz::recipe(Bytes input) {
  static const Folder folder;
  const training::Recipe recipe = training::read_recipe(folder.write("recipe.toml", input));
  const std::string text = training::to_toml(recipe);
  const training::Recipe again = training::read_recipe(folder.write("again.toml", text));
  demand(training::to_toml(again) == text, "a recipe reads back as it was written");
}
