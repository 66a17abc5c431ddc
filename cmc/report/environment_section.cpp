#include <fmt/format.h>

#include <algorithm>

#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using nlohmann::json;

std::string text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_integer() && value > 9999) return with_commas(value.get<std::int64_t>());
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.dump();
}

/// A list on one line; the words of a command apart by spaces, as they were typed.
std::string list(const json& values, const std::string& key) {
  std::string line;
  for (const json& value : values) {
    line += (line.empty() ? "" : key == "command" ? " " : ", ") + text(value);
  }
  return line;
}

void add(json& entries, const std::string& prefix, const json& values) {
  for (const auto& [key, value] : values.items()) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', ' ');
    name = prefix.empty() ? name : prefix + ": " + name;
    // What could not be read and what was learned of colours have sections of their own; classes
    // are named throughout.
    if (prefix.empty() && (key == "unreadable" || key == "classes" || key == "learned_axes"))
      continue;
    if (value.is_object()) {
      add(entries, name, value);
    } else {
      entries.push_back({{"key", name},
                         {"value", value.is_array() ? list(value, key) : text(value)},
                         {"command", key == "command"}});
    }
  }
}

}  // namespace

json environment_section(const json& environment) {
  json entries = json::array();
  add(entries, "", environment);
  std::stable_partition(entries.begin(), entries.end(),
                        [](const json& entry) { return entry["command"] == true; });
  return entries;
}

}  // namespace cmc::report
