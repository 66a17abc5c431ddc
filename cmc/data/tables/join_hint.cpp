#include "cmc/data/tables/join_hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "cmc/data/number.h"
#include "cmc/files/lower_case.h"

namespace cmc::data {
namespace {

constexpr std::int64_t rows_compared = 100'000;

/// What texts have in common that a person takes for one key: a number's value ("1.0", "001"), or
/// the letters without their case, in quotes or not.
std::string essence(std::string_view key) {
  while (key.size() > 1 && (key.front() == '"' || key.front() == '\'') && key.back() == key.front())
    key = key.substr(1, key.size() - 2);
  if (const auto value = number(trimmed(key))) return fmt::format("{}", *value + 0.0);
  return files::lower_case(trimmed(key));
}

}  // namespace

std::string join_hint(const std::vector<std::string>& missed, const Rows& table,
                      std::size_t column) {
  std::unordered_map<std::string, std::string> known;
  Record record;
  for (std::int64_t row = 0; row < std::min(table.size(), rows_compared); ++row) {
    table.read(row, record);
    const std::string key(trimmed(record.cells[column]));
    known.try_emplace(essence(key), key);
  }
  for (const std::string& key : missed) {
    const auto alike = known.find(essence(key));
    if (alike != known.end())
      return fmt::format(
          "\"{}\" is not a key of {}, but \"{}\" is: keys are compared as text, write them alike",
          key, table.name(), alike->second);
  }
  return "";
}

}  // namespace cmc::data
