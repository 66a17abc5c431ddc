#include "cmc/recipe/recipe.h"

#include "cmc/recipe/recipe_text.h"

#include <fmt/format.h>

#include <sstream>

#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/recipe/contrast_keys.h"
#include "cmc/recipe/data_keys.h"
#include "cmc/recipe/encoder_keys.h"
#include "cmc/recipe/overrides.h"
#include "cmc/recipe/train_keys.h"
#include "cmc/recipe/view_keys.h"
#include "cmc/recipe/views_keys.h"

namespace cmc::recipe {
namespace {

// One description a table serves reading, writing and documenting.

/// Any whole number that TOML knows and is not negative: a seed is never counted with.
constexpr Range seeds{.low = 0, .high = 0x1p63};

template <class Visitor>
void describe(Visitor& v, Recipe& o) {
  v.field("name", o.name, "the run's folder is runs/NAME");
  v.field("seed", o.seed, "seed of every random draw", seeds);
  v.table("data", "where samples come from", [&](auto& inner) { describe(inner, o.data); });
  v.table("views", "how views are made", [&](auto& inner) { describe(inner, o.views); });
  v.table("encoder", "a network for each view", [&](auto& inner) { describe(inner, o.encoder); });
  ViewEntry entry;
  entry.encoder = o.encoder;
  v.tables("view", o.view, entry, "manifest: a view each",
           [](auto& inner, ViewEntry& each) { describe(inner, each); });
  v.table("contrast", "what is contrasted", [&](auto& inner) { describe(inner, o.contrast); });
  v.table("train", "the optimisation", [&](auto& inner) { describe(inner, o.train); });
}

}  // namespace

Recipe read_recipe(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  if (!std::filesystem::is_regular_file(path))
    throw UsageError(fmt::format(
        "{}: no such file; expected a recipe (`cmc recipes` lists what ships)", path.string()));
  std::vector<std::uint8_t> bytes;
  files::read_file(path, bytes);
  check_dots({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
  toml::table table;
  try {
    table = toml::parse_file(path.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}, line {}: not TOML: {}", path.string(),
                                 error.source().begin.line, error.description()));
  }
  for (const std::string& text : overrides) set(table, text);
  Recipe recipe;
  if (!table.contains("name")) recipe.name = path.stem().string();
  FieldReader reader(table, path.string());
  describe(reader, recipe);
  reader.finish();
  return recipe;
}

Recipe recipe_of_text(const std::string& toml, const std::string& where) {
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}: not TOML: {}", where, error.description()));
  }
  Recipe recipe;
  FieldReader reader(table, where);
  describe(reader, recipe);
  reader.finish();
  return recipe;
}

std::string to_toml(const Recipe& recipe) {
  Recipe copy = recipe;
  FieldWriter writer;
  describe(writer, copy);
  std::ostringstream text;
  text << writer.result() << '\n';
  return text.str();
}

std::vector<FieldReference> recipe_reference() {
  Recipe recipe;
  FieldLister lister;
  describe(lister, recipe);
  return lister.result();
}

}  // namespace cmc::recipe
