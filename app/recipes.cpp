#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "app/shipped_recipes.h"
#include "cmc/recipe/recipe.h"

namespace cmc::app {
namespace {

void list_recipes(const JsonOutput& output) {
  nlohmann::json rows = nlohmann::json::array();
  for (const ShippedRecipe& recipe : shipped_recipes()) {
    rows.push_back(
        {{"name", recipe.name}, {"path", recipe.path.string()}, {"summary", recipe.summary}});
    if (!output.is_printed()) fmt::print("{:<24} {}\n", recipe.name, recipe.summary);
  }
  output.write(rows);
}

void list_keys(const JsonOutput& output) {
  nlohmann::json rows = nlohmann::json::array();
  for (const recipe::FieldReference& field : recipe::recipe_reference()) {
    rows.push_back({{"key", field.key},
                    {"default", field.value},
                    {"range", field.range},
                    {"help", field.help}});
    if (!output.is_printed())
      fmt::print("{:<34} {:<18} {}{}\n", field.key, field.value, field.help,
                 field.range.empty() ? "" : " (" + field.range + ")");
  }
  output.write(rows);
}

}  // namespace

void add_recipes(CLI::App& program) {
  struct Options {
    bool keys = false;
    JsonOutput json;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("recipes", "List the recipes that ship, or a recipe's keys");
  command->add_flag("--keys", options->keys, "List every key with its default and range instead");
  options->json.add_option(*command, "the list");
  command->callback([options] {
    options->json.check_writable();
    options->keys ? list_keys(options->json) : list_recipes(options->json);
  });
}

}  // namespace cmc::app
