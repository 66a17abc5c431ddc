#include "cmc/data/tables/decimal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "cmc/data/number.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether `mark` may set a number's thousands apart: "1,234" and "12,345,678", but not "0,123".
bool may_be_thousands(std::string_view cell, char mark) {
  if (cell.starts_with('-') || cell.starts_with('+')) cell.remove_prefix(1);
  const std::size_t first = cell.find(mark);
  if (first == std::string_view::npos || first == 0 || first > 3 || cell[0] == '0') return false;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const bool due = i >= first && (i - first) % 4 == 0;
    if (due ? cell[i] != mark : !is_digit(cell[i])) return false;
  }
  return (cell.size() - first) % 4 == 0;
}

/// A number of a file, and where it stands.
struct Example {
  std::int64_t row = 0;
  std::size_t column = 0;
  std::string cell;
};

}  // namespace

Decimal find_decimal(const Rows& rows, std::span<const std::size_t> columns,
                     const Missing& missing) {
  if (rows.decimal()) return {.mark = *rows.decimal(), .told = true, .notes = {}};
  std::optional<Example> comma, thousands_by_comma, point, thousands_by_point;
  rows.each([&](std::int64_t index, const Record& record) {
    for (const std::size_t column : columns) {
      const std::string_view cell = trimmed(record.cells[column]);
      const bool has_comma = cell.find(',') != cell.npos, has_point = cell.find('.') != cell.npos;
      if (has_comma == has_point || missing.number(cell)) continue;
      if (!number(cell, has_comma ? ',' : '.')) continue;
      std::optional<Example>& found =
          has_comma ? (may_be_thousands(cell, ',') ? thousands_by_comma : comma)
                    : (may_be_thousands(cell, '.') ? thousands_by_point : point);
      if (!found) found = Example{index, column, std::string(cell)};
    }
  });
  const auto place = [&](const Example& example) {
    return fmt::format("{}: column \"{}\"", rows.where(example.row),
                       rows.columns()[example.column]);
  };
  const std::optional<Example>& by_comma = comma ? comma : thousands_by_comma;
  const std::optional<Example>& by_point = point ? point : thousands_by_point;
  if (by_comma && by_point)
    fail(
        "{}: \"{}\" has a decimal comma, or thousands set apart; \"{}\" ({}) has a point: one mark "
        "was expected, and none for thousands; data.decimal names it",
        place(*by_comma), by_comma->cell, by_point->cell, place(*by_point));
  if (thousands_by_comma && !comma)
    fail(
        "{}: \"{}\" may have a decimal comma, or thousands set apart: data.decimal = \",\" reads "
        "the comma; write thousands without a separator",
        place(*thousands_by_comma), thousands_by_comma->cell);
  Decimal decimal;
  decimal.told = comma || by_point;
  if (comma) {
    decimal.mark = ',';
    decimal.notes.push_back(
        fmt::format("{}: \"{}\" is a number with a decimal comma (data.decimal names another mark)",
                    place(*comma), comma->cell));
  } else if (thousands_by_point && !point) {
    decimal.notes.push_back(
        fmt::format("{}: \"{}\" is read with a decimal point; where points set thousands apart, "
                    "write it without",
                    place(*thousands_by_point), thousands_by_point->cell));
  }
  return decimal;
}

std::string number_expected(std::string_view cell, char decimal) {
  std::string message = fmt::format("\"{}\" where a number was expected", cell.substr(0, 40));
  const bool digits = std::ranges::any_of(cell, is_digit);
  const char other = decimal == '.' ? ',' : '.';
  std::string bare;
  for (const char c : cell)
    if (is_digit(c) || c == '.' || c == ',' || c == '-' || c == '+') bare += c;
  const auto count = [&](char mark) { return std::ranges::count(bare, mark); };
  if (!digits) return message;
  if (decimal == '.' && count(',') == 1 && count('.') == 0 && number(bare, ',')) {
    message += "; data.decimal = \",\" reads decimal commas of CSV";
  } else if (decimal == ',' && count('.') == 1 && count(',') == 0 && number(bare)) {
    message += "; its file has decimal commas (data.decimal)";
  } else if (count(other) > 0 || count(decimal) > 1) {
    message += "; write it without thousands separators";
  } else if (number(bare, decimal) && bare.size() < cell.size()) {
    message += "; write it without spaces, units and other characters";
  }
  return message;
}

}  // namespace cmc::data
