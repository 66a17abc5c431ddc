#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/shipped_recipes.h"
#include "cmc/recipe/recipe.h"

namespace cmc::app {
namespace {

void list_recipes(bool as_json) {
  nlohmann::json rows = nlohmann::json::array();
  for (const ShippedRecipe& recipe : shipped_recipes()) {
    if (as_json)
      rows.push_back(
          {{"name", recipe.name}, {"path", recipe.path.string()}, {"summary", recipe.summary}});
    else
      fmt::print("{:<24} {}\n", recipe.name, recipe.summary);
  }
  if (as_json) fmt::print("{}\n", rows.dump(2));
}

void list_keys(bool as_json) {
  nlohmann::json rows = nlohmann::json::array();
  for (const recipe::FieldReference& field : recipe::recipe_reference()) {
    if (as_json)
      rows.push_back({{"key", field.key},
                      {"default", field.value},
                      {"range", field.range},
                      {"help", field.help}});
    else
      fmt::print("{:<34} {:<18} {}{}\n", field.key, field.value, field.help,
                 field.range.empty() ? "" : " (" + field.range + ")");
  }
  if (as_json) fmt::print("{}\n", rows.dump(2));
}

}  // namespace

void add_recipes(CLI::App& program) {
  struct Options {
    bool keys = false;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("recipes", "List the recipes that ship, or a recipe's keys");
  command->add_flag("--keys", options->keys, "List every key with its default and range instead");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback(
      [options] { options->keys ? list_keys(options->json) : list_recipes(options->json); });
}

}  // namespace cmc::app
