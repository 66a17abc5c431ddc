#include "cmc/advice/view_family.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "cmc/data/splits.h"
#include "cmc/data/subset.h"
#include "cmc/data/tables/rows.h"
#include "cmc/error.h"
#include "cmc/recipe/nearest_key.h"
#include "cmc/runs/setup.h"

namespace cmc::advice {
namespace {

constexpr const char* example = "views.distance=0,4,8";

/// What stands between commas, but for those within brackets and quotes.
std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0) {
      depth += (c == '[') - (c == ']');
    }
    if (c == ',' && quote == 0 && depth == 0)
      values.emplace_back();
    else
      values.back() += c;
  }
  for (std::string& value : values) value = std::string(data::trimmed(value));
  return values;
}

/// Every key of a recipe as an override names it: "views.distance", "view.left.dropout".
void list_keys(const toml::table& table, const std::string& before,
               std::vector<std::string>& keys) {
  for (const auto& [name, node] : table) {
    const std::string key = before + std::string(name.str());
    if (const toml::table* inner = node.as_table()) {
      list_keys(*inner, key + ".", keys);
    } else if (node.is_array_of_tables()) {
      for (const toml::node& element : *node.as_array()) {
        const toml::table& each = *element.as_table();
        list_keys(each, fmt::format("{}.{}.", key, each["name"].value_or(std::string())), keys);
      }
    } else {
      keys.push_back(key);
    }
  }
}

/// "view.left.dropout" as the recipes' reference has it, "view.dropout".
std::string reference_key(const std::string& key) {
  if (!key.starts_with("view.")) return key;
  const std::size_t dot = key.find('.', 5);
  return dot == std::string::npos ? key : "view" + key.substr(dot);
}

void check_key(const std::string& key, const recipe::Recipe& recipe) {
  std::vector<std::string> keys;
  list_keys(toml::parse(recipe::to_toml(recipe)), "", keys);
  if (std::ranges::count(keys, key)) return;
  for (const recipe::FieldReference& field : recipe::recipe_reference()) {
    if (field.key == reference_key(key))
      throw UsageError(fmt::format(
          "--vary {}: this recipe makes another choice than the one that the key serves ({}); take "
          "that one first, such as --set views.kind=patches",
          key, field.help));
    keys.push_back(field.key);
  }
  const std::string meant = recipe::key_by_meaning(key);
  throw UsageError(fmt::format("--vary {}: that is not a key of a recipe; the nearest is {}", key,
                               meant.empty() ? nearest_name(key, keys) : meant));
}

/// Why a key changes no view; empty where it may.
std::string why_not_views(const std::string& key) {
  const std::string table = key.substr(0, key.find('.'));
  const std::string last = key.substr(key.rfind('.') + 1);
  if (table == "encoder" || key.find(".encoder.") != std::string::npos)
    return "it says which network sees the views";
  if (table == "contrast") return "it says how the views are contrasted";
  if (table == "train") return "it says how is trained, and how long";
  if (table == "data") return "it says which samples there are";
  if (table == "seed") return "it is of the random draws";
  if (last == "name") return "it is only a name";
  if (last == "mean" || last == "deviation")
    return "it scales the numbers, and what the views share stays as it is";
  return "";
}

/// Hashes of the views that training makes of some samples. A sample that can't be read is left
/// out.
std::vector<std::uint64_t> seen_views(const recipe::Recipe& recipe) {
  constexpr std::int64_t samples = 256;
  const runs::Setup setup = runs::set_up(recipe);
  const auto part = data::spread(setup.data.train, samples);
  std::vector<std::uint64_t> seen;
  for (std::int64_t i = 0; i < part->size(); ++i) {
    std::vector<std::vector<float>> values;
    std::vector<float*> rows;
    for (const data::ViewShape& view : setup.train_transform->views())
      rows.push_back(values.emplace_back(static_cast<std::size_t>(view.numel())).data());
    try {
      const RandomKey key{.sample = static_cast<std::uint64_t>(i)};
      setup.train_transform->apply(part->get(i), key, rows);
    } catch (const UnreadableError&) {
      continue;
    }
    for (const std::vector<float>& view : values)
      seen.push_back(data::name_hash(
          {reinterpret_cast<const char*>(view.data()), view.size() * sizeof(float)}));
  }
  return seen;
}

}  // namespace

ViewFamily read_view_family(const std::filesystem::path& path,
                            const std::vector<std::string>& overrides, const std::string& vary) {
  const std::size_t equals = vary.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(fmt::format("--vary {}: expected KEY=V1,V2,…, such as {}", vary, example));
  ViewFamily family{.recipe = recipe::read_recipe(path, overrides),
                    .key = std::string(data::trimmed(std::string_view(vary).substr(0, equals))),
                    .values = split_values(vary.substr(equals + 1)),
                    .recipes = {}};
  check_key(family.key, family.recipe);
  if (const std::string why = why_not_views(family.key); !why.empty())
    throw UsageError(fmt::format(
        "--vary {}: the key does not change the views: {}. Vary one of views or view.NAME, such as "
        "{}",
        family.key, why, example));
  if (family.values.size() < 2)
    throw UsageError(
        fmt::format("--vary {}: {} shows no difference; give two values or more, such as {}", vary,
                    family.values[0].empty() ? "no value" : "one value", example));
  std::vector<std::string> known;
  for (const std::string& value : family.values) {
    if (value.empty())
      throw UsageError(fmt::format("--vary {}: a value is empty; expected KEY=V1,V2,…", vary));
    std::vector<std::string> all = overrides;
    all.push_back(family.key + "=" + value);
    try {
      family.recipes.push_back(recipe::read_recipe(path, all));
    } catch (const UsageError& error) {
      // Without the value the recipe was read, so that it is the value that is wrong.
      std::string said = error.what();
      for (const std::string& where : {std::string("--set "), path.string() + ": "})
        if (said.starts_with(where)) said.erase(0, where.size());
      throw UsageError(fmt::format("--vary {}={}: {}", family.key, value, said));
    }
    known.push_back(recipe::to_toml(family.recipes.back()));
    if (std::ranges::count(known, known.back()) > 1)
      throw UsageError(fmt::format("--vary {}: the value {} is given twice", vary, value));
  }
  return family;
}

void check_views_differ(const ViewFamily& family) {
  const auto first = seen_views(family.recipes.front());
  for (std::size_t i = 1; i < family.recipes.size(); ++i)
    if (seen_views(family.recipes[i]) != first) return;
  std::string help;
  for (const recipe::FieldReference& field : recipe::recipe_reference())
    if (field.key == reference_key(family.key)) help = field.help;
  throw UsageError(
      fmt::format("--vary {}: with this recipe every value makes the same views in training; the "
                  "key is of: {}",
                  family.key, help));
}

}  // namespace cmc::advice
