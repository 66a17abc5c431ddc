#include "cmc/data/number.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>

namespace cmc::data {

std::string_view trimmed(std::string_view cell) {
  constexpr std::string_view space = " \t\r";
  const std::size_t first = cell.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return cell.substr(first, cell.find_last_not_of(space) - first + 1);
}

std::optional<double> number(std::string_view cell, char decimal) {
  if (decimal != '.') {
    if (cell.find(decimal) == std::string_view::npos && cell.find('.') == std::string_view::npos)
      return number(cell);
    if (cell.find('.') != std::string_view::npos) return std::nullopt;
    std::string pointed(cell);
    std::ranges::replace(pointed, decimal, '.');
    return number(pointed);
  }
  if (cell.starts_with('+')) {
    cell.remove_prefix(1);
    if (cell.starts_with('-')) return std::nullopt;
  }
  double value = 0;
  const char* const begin = cell.data();
  const char* const end = begin + cell.size();
  const auto [last, error] = std::from_chars(begin, end, value);
  if (last != end || value != value) return std::nullopt;
  // Too small for a double, or too large; from_chars doesn't say which, strtod does.
  if (error == std::errc::result_out_of_range)
    return std::strtod(std::string(cell).c_str(), nullptr);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace cmc::data
