#include "cmc/recipe/fields.h"

#include <algorithm>
#include <cmath>

#include "cmc/edit_distance.h"
#include "cmc/error.h"
#include "cmc/recipe/nearest_key.h"

namespace cmc::recipe {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += '"' + names[i] + '"';
  }
  return text;
}

const char* type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

/// A key of this table, or else of any, that a person may have meant.
std::string nearest_of(const std::string& name, const std::vector<std::string>& here) {
  std::string nearest = nearest_name(name, here);
  if (!nearest.empty() && is_misspelt(name, nearest)) return nearest;
  const std::string elsewhere = nearest_key(name);
  return elsewhere.empty() ? nearest : elsewhere;
}

}  // namespace

std::string Range::text() const {
  if (low > -most && high < most)
    return open_low ? fmt::format("above {} to {}", low, high) : fmt::format("{} to {}", low, high);
  if (low > -most) return fmt::format("{} {}", open_low ? ">" : "≥", low);
  if (high < most) return fmt::format("≤ {}", high);
  return "";
}

FieldReader::FieldReader(const toml::table& table, std::string source, std::string path)
    : table_(table), source_(std::move(source)), path_(std::move(path)) {}

const toml::node* FieldReader::take(const std::string& key) {
  known_.push_back(key);
  return table_.get(key);
}

const toml::table& FieldReader::as_table(const std::string& key, const toml::node* node) const {
  static const toml::table absent;
  if (node == nullptr) return absent;
  if (const toml::table* table = node->as_table()) return *table;
  throw UsageError(
      fmt::format("{} must be a table, but is {}", where(key, *node), type_name(*node)));
}

const toml::array* FieldReader::as_tables(const std::string& key, const toml::node* node) const {
  if (node == nullptr) return nullptr;
  const toml::array* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::table))
    throw UsageError(fmt::format("{} must be a list of tables, each begun by [[{}]]",
                                 where(key, *node), path_.empty() ? key : path_ + "." + key));
  return array;
}

std::string FieldReader::where(const std::string& key, const toml::node& node) const {
  const std::string full = path_.empty() ? key : path_ + "." + key;
  const auto line = node.source().begin.line;
  if (node.source().path && *node.source().path == "--set") return fmt::format("--set {}", full);
  return line > 0 ? fmt::format("{}, line {}: {}", source_, line, full)
                  : fmt::format("{}: {}", source_, full);
}

void FieldReader::refuse(const std::string& key, const std::string& why) const {
  const toml::node* node = table_.get(key);
  throw UsageError(fmt::format("{} {}", where(key, node != nullptr ? *node : table_), why));
}

void FieldReader::finish() const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const auto other = std::ranges::find(elsewhere_, name, &FieldReference::key);
    if (other != elsewhere_.end())
      throw UsageError(fmt::format("{} is of another kind ({})", where(name, node), other->help));
    const std::string nearest = nearest_of(name, known_);
    throw UsageError(fmt::format("{} is not a key of a recipe{}", where(name, node),
                                 nearest.empty() ? "" : "; the nearest is " + nearest));
  }
}

void FieldReader::choice(const std::string& key, std::string& value,
                         const std::vector<std::string>& choices, const char* help) {
  field(key, value, help);
  if (std::find(choices.begin(), choices.end(), value) == choices.end())
    refuse(key, fmt::format("is \"{}\", which is not one of {}; the nearest is \"{}\"", value,
                            listed(choices), nearest_name(value, choices)));
}

void FieldReader::check_range(const std::string& key, const toml::node& node, double number,
                              const std::string& shown, Range range) const {
  if (range.contains(number)) return;
  std::string due = range.text();
  if (number > range.high && range.high == most) due = fmt::format("at most {:.0f}", most);
  if (number < range.low && due.empty()) due = fmt::format("at least {:.0f}", -most);
  throw UsageError(
      fmt::format("{} = {} is out of range: it must be {}", where(key, node), shown, due));
}

void FieldReader::read(const std::string& key, const toml::node& node, std::int64_t& value,
                       Range range) const {
  const auto number = node.value_exact<std::int64_t>();
  if (!number)
    throw UsageError(
        fmt::format("{} must be a whole number, but is {}", where(key, node), type_name(node)));
  check_range(key, node, static_cast<double>(*number), fmt::format("{}", *number), range);
  value = *number;
}

void FieldReader::read(const std::string& key, const toml::node& node, double& value,
                       Range range) const {
  const auto number = node.is_number() ? node.value<double>() : std::nullopt;
  if (!number)
    throw UsageError(
        fmt::format("{} must be a number, but is {}", where(key, node), type_name(node)));
  if (!std::isfinite(*number))
    throw UsageError(fmt::format("{} must be finite, but is {}", where(key, node), *number));
  check_range(key, node, *number, fmt::format("{}", *number), range);
  value = *number;
}

void FieldReader::read(const std::string& key, const toml::node& node, bool& value, Range) const {
  const auto flag = node.value_exact<bool>();
  if (!flag)
    throw UsageError(
        fmt::format("{} must be true or false, but is {}", where(key, node), type_name(node)));
  value = *flag;
}

void FieldReader::read(const std::string& key, const toml::node& node, std::string& value,
                       Range) const {
  const auto text = node.value_exact<std::string>();
  if (!text)
    throw UsageError(
        fmt::format("{} must be a string, but is {}", where(key, node), type_name(node)));
  value = *text;
}

template <class T>
void FieldReader::read_list(const std::string& key, const toml::node& node, std::vector<T>& value,
                            Range range) const {
  const toml::array* array = node.as_array();
  if (array == nullptr)
    throw UsageError(
        fmt::format("{} must be a list, but is {}", where(key, node), type_name(node)));
  std::vector<T> elements(array->size());
  for (std::size_t i = 0; i < array->size(); ++i)
    read(fmt::format("{}[{}]", key, i), *array->get(i), elements[i], range);
  value = std::move(elements);
}

void FieldReader::read(const std::string& key, const toml::node& node,
                       std::vector<std::int64_t>& value, Range range) const {
  read_list(key, node, value, range);
}
void FieldReader::read(const std::string& key, const toml::node& node, std::vector<double>& value,
                       Range range) const {
  read_list(key, node, value, range);
}
void FieldReader::read(const std::string& key, const toml::node& node,
                       std::vector<std::string>& value, Range range) const {
  if (const auto text = node.value_exact<std::string>()) {  // a list of one
    value = {*text};
    return;
  }
  read_list(key, node, value, range);
}

std::string shown(const toml::node& node) {
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* truth = node.as_boolean()) return fmt::format("{}", truth->get());
  if (const auto* text = node.as_string()) return fmt::format("\"{}\"", text->get());
  std::string list;
  for (const toml::node& element : *node.as_array())
    list += (list.empty() ? "" : ", ") + shown(element);
  return "[" + list + "]";
}

void FieldLister::add(const std::string& key, const toml::table& table, std::string range,
                      const char* help) {
  references_.push_back(
      {path_.empty() ? key : path_ + "." + key, shown(*table.get(key)), std::move(range), help});
}

void FieldLister::choice(const std::string& key, std::string& value,
                         const std::vector<std::string>& choices, const char* help) {
  FieldWriter writer;
  writer.field(key, value, help);
  add(key, writer.result(), listed(choices), help);
}

}  // namespace cmc::recipe
