#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cmc/error.h"

namespace cmc::recipe {

/// A value of an option and its name in a recipe.
template <class Value>
struct Choice {
  Value value;
  std::string_view name;
};

/// The values that an option may take, in the order in which they are listed.
template <class Value>
using Choices = std::vector<Choice<Value>>;

/// The name of a value. Throws Error where it has none.
template <class Value>
std::string_view name_of(const Choices<Value>& choices, const std::type_identity_t<Value>& value) {
  const auto found = std::ranges::find(choices, value, &Choice<Value>::value);
  check(found != choices.end(), "an option of a recipe has a value without a name");
  return found->name;
}

/// The value of a name. Throws Error where there is none.
template <class Value>
Value value_of(const Choices<Value>& choices, std::string_view name) {
  const auto found = std::ranges::find(choices, name, &Choice<Value>::name);
  check(found != choices.end(), "\"{}\" is not the name of a choice", name);
  return found->value;
}

/// A key whose values have names, told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor, class Value>
void choice(Visitor& v, const std::string& key, Value& value,
            const std::type_identity_t<Choices<Value>>& choices, const char* help) {
  std::vector<std::string> names;
  for (const Choice<Value>& each : choices) names.emplace_back(each.name);
  std::string name(name_of<Value>(choices, value));
  v.choice(key, name, names, help);
  value = value_of<Value>(choices, name);
}

}  // namespace cmc::recipe
