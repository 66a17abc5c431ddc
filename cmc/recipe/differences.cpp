#include "cmc/recipe/differences.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "cmc/recipe/fields.h"

namespace cmc::recipe {
namespace {

using Values = std::map<std::string, std::string>;

void flatten(const toml::table& table, const std::string& path, Values& values) {
  for (const auto& [key, node] : table) {
    const std::string full = path.empty() ? std::string(key.str()) : path + "." + std::string(key);
    if (const toml::table* inner = node.as_table()) {
      flatten(*inner, full, values);
      continue;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty() || !list->is_homogeneous(toml::node_type::table)) {
      values[full] = shown(node);
      continue;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const toml::table& element = *list->get(i)->as_table();
      flatten(element, full + "." + element["name"].value_or(std::to_string(i + 1)), values);
    }
  }
}

/// A key's place among those of a recipe: its table's, as a person writes them.
std::size_t table_order(const std::string& key) {
  constexpr std::array<std::string_view, 6> tables = {"data",    "views",    "view",
                                                      "encoder", "contrast", "train"};
  const std::string table = key.substr(0, key.find('.'));
  if (table == key) return 0;
  return 1 + static_cast<std::size_t>(std::ranges::find(tables, table) - tables.begin());
}

/// The key of [encoder] that a view's encoder takes its value from: "encoder.channels" of
/// "view.photo.encoder.channels"; nothing for other keys.
std::optional<std::string> inherited(const std::string& key) {
  constexpr std::string_view inside = ".encoder.";
  if (!key.starts_with("view.")) return std::nullopt;
  const std::size_t at = key.rfind(inside);
  return at == std::string::npos ? std::nullopt : std::optional(key.substr(at + 1));
}

/// The key of recipe_reference() that has the default of a recipe's key: "view.dropout" of
/// "view.touch.dropout", "contrast.temperature" of "contrast.pair.1.temperature".
std::string reference_key(const std::string& key, const Values& reference) {
  const std::string last = key.substr(key.rfind('.') + 1);
  if (key.starts_with("view."))
    return (key.ends_with(".augmentation." + last) ? "views.augmentation." : "view.") + last;
  if (!key.starts_with("contrast.pair.")) return key;
  return reference.contains("contrast.pair." + last) ? "contrast.pair." + last : "contrast." + last;
}

}  // namespace

std::string own_settings(const Recipe& recipe) {
  Values values, reference;
  flatten(toml::parse(to_toml(recipe)), "", values);
  for (const FieldReference& field : recipe_reference()) reference.emplace(field.key, field.value);
  std::string text;
  for (const auto& [key, value] : values) {
    if (key == "name" || key == "data.root" || key == "data.manifest") continue;
    const std::optional<std::string> from = inherited(key);
    const auto inherits = from ? values.find(*from) : values.end();
    if (inherits != values.end() && inherits->second == value) continue;
    const auto usual = reference.find(reference_key(key, reference));
    if (!from && usual != reference.end() && usual->second == value) continue;
    text += key + " = " + value + "\n";
  }
  return text;
}

std::vector<RecipeDifference> differences(const std::vector<Recipe>& recipes) {
  std::vector<Values> each;
  std::set<std::pair<std::size_t, std::string>> keys;
  for (const Recipe& recipe : recipes) {
    flatten(toml::parse(to_toml(recipe)), "", each.emplace_back());
    for (const auto& [key, value] : each.back()) keys.emplace(table_order(key), key);
  }
  const auto values_of = [&](const std::string& key) {
    std::vector<std::string> values;
    for (const Values& own : each) {
      const auto found = own.find(key);
      values.push_back(found == own.end() ? "" : found->second);
    }
    return values;
  };
  std::vector<RecipeDifference> result;
  for (const auto& [order, key] : keys) {
    std::vector<std::string> values = values_of(key);
    const bool same = std::ranges::all_of(
        values, [&](const std::string& value) { return value == values.front(); });
    if (same || key == "name") continue;
    const std::optional<std::string> from = inherited(key);
    if (from && values_of(*from) == values) continue;
    result.push_back({key, std::move(values)});
  }
  return result;
}

}  // namespace cmc::recipe
