#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_output.h"
#include "app/shipped_recipes.h"
#include "cmc/error.h"
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

/// Prints a recipe as it ships, to be copied.
void print_recipe(const std::string& name, const JsonOutput& output) {
  std::vector<std::string> names;
  for (const ShippedRecipe& recipe : shipped_recipes()) {
    names.push_back(recipe.name);
    if (recipe.name != name) continue;
    std::ifstream in(recipe.path, std::ios::binary);
    check(in.is_open(), "{}: can't be read", recipe.path.string());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!output.is_printed()) fmt::print("{}", text);
    output.write({{"name", recipe.name},
                  {"path", recipe.path.string()},
                  {"summary", recipe.summary},
                  {"text", text}});
    return;
  }
  throw UsageError(
      fmt::format("no recipe that ships is called \"{}\"; did you mean {}? (`cmc recipes` "
                  "lists them)",
                  name, nearest_name(name, names)));
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
    std::string recipe;
    bool keys = false;
    JsonOutput json;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("recipes", "List the recipes that ship, print one, or list all keys");
  CLI::Option* const recipe =
      command->add_option("recipe", options->recipe, "The name of the one to print")
          ->always_capture_default(false);
  command->add_flag("--keys", options->keys, "List every key with its default and range instead")
      ->excludes(recipe);
  options->json.add_option(*command, "the list");
  command->callback([options] {
    options->json.check_writable();
    if (options->keys)
      list_keys(options->json);
    else if (!options->recipe.empty())
      print_recipe(options->recipe, options->json);
    else
      list_recipes(options->json);
  });
}

}  // namespace cmc::app
