#include "cmc/recipe/overrides.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <sstream>

#include "cmc/error.h"

namespace cmc::recipe {
namespace {

/// The table of a list that has this name; null where there is none.
toml::table* named(toml::array& list, const std::string& name) {
  for (toml::node& node : list) {
    toml::table* table = node.as_table();
    if (table != nullptr && (*table)["name"].value_or(std::string()) == name) return table;
  }
  return nullptr;
}

/// No recipe's key has more, and tables inside one another without end would end the stack.
constexpr std::ptrdiff_t most_dots = 20;

}  // namespace

void check_dots(std::string_view text, const std::string& source) {
  std::ptrdiff_t line = 1, dots = 0;
  char inside = 0;  // a quote or, for the rest of the line, a comment
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      dots = 0;
      inside = 0;
    } else if (inside != 0) {
      if (c == inside && c != '#') inside = 0;
    } else if (c == '"' || c == '\'' || c == '#') {
      inside = c;
    } else if (c == '=' || c == ',') {
      dots = 0;
    } else if (c == '.' && ++dots > most_dots) {
      throw UsageError(fmt::format("{}, line {}: more than {} dots, which no key of a recipe has",
                                   source, line, most_dots));
    }
  }
}

void set(toml::table& table, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(fmt::format("--set {}: expected key=value, such as train.epochs=5", text));
  toml::table parsed;
  const std::string value = text.substr(equals + 1);
  if (value.starts_with('{') || value.starts_with('[')) check_dots(value, "--set");
  const auto source = std::make_shared<const std::string>("--set");
  try {
    parsed = toml::parse("value = " + value, *source);
  } catch (const toml::parse_error&) {  // a bare word is a text
    std::ostringstream quoted;
    quoted << "value = " << toml::value<std::string>(value);
    parsed = toml::parse(quoted.str(), *source);
  }
  toml::table* inner = &table;
  std::string key = text.substr(0, equals);
  if (std::ranges::count(key, '.') > most_dots)
    throw UsageError(
        fmt::format("--set {}…: more than {} dots; expected key=value, such as "
                    "train.epochs=5",
                    text.substr(0, 40), most_dots));
  for (std::size_t dot; (dot = key.find('.')) != std::string::npos; key = key.substr(dot + 1)) {
    const std::string name = key.substr(0, dot);
    if (!inner->contains(name)) inner->insert(name, toml::table{});
    if (toml::array* list = inner->get_as<toml::array>(name)) {
      key = key.substr(dot + 1);
      dot = key.find('.');
      inner = named(*list, key.substr(0, dot));
      if (inner == nullptr || dot == std::string::npos)
        throw UsageError(fmt::format("--set {}: {} is a list of tables: expected {}.NAME.KEY", text,
                                     name, name));
      continue;
    }
    inner = inner->get_as<toml::table>(name);
    if (inner == nullptr)
      throw UsageError(fmt::format("--set {}: {} is not a table of the recipe", text, name));
  }
  inner->insert_or_assign(key, std::move(*parsed.get("value")));  // moved, a node keeps its source
}

}  // namespace cmc::recipe
