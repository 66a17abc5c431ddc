#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cmc/data/open.h"
#include "cmc/encoders/encoder_options.h"
#include "cmc/recipe/contrast_recipe.h"
#include "cmc/recipe/field_reference.h"
#include "cmc/recipe/view_entry.h"
#include "cmc/training/train_options.h"
#include "cmc/views/view_recipe.h"

namespace cmc::recipe {

/// A whole run as a value: what `cmc train` reads from a TOML file.
struct Recipe {
  std::string name = "run";
  std::int64_t seed = 1;
  data::DataOptions data;
  /// How the views are made from a data set of pictures …
  views::ViewRecipe views;
  /// … or, one by one, from the sources of a manifest or from those pictures.
  std::vector<ViewEntry> view;
  encoders::EncoderOptions encoder;
  ContrastRecipe contrast;
  training::TrainOptions train;
};

/// Reads a recipe. `overrides` are "key=value" texts such as "train.epochs=5", taken after the
/// file; a value that is no TOML is a text. Throws UsageError that names the key, its line and the
/// nearest valid key or value.
Recipe read_recipe(const std::filesystem::path& path,
                   const std::vector<std::string>& overrides = {});

/// The recipe as TOML with every key, defaults included. read_recipe gives the same recipe back.
std::string to_toml(const Recipe& recipe);

/// Every key with its default and range, in the order of the file.
std::vector<FieldReference> recipe_reference();

}  // namespace cmc::recipe
