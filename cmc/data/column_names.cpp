#include "cmc/data/column_names.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cmc/error.h"

namespace cmc::data {
namespace {

/// n of "#n".
std::optional<std::size_t> place_of(std::string_view column) {
  std::size_t place = 0;
  if (!column.starts_with('#')) return std::nullopt;
  const char* const end = column.data() + column.size();
  const auto [last, error] = std::from_chars(column.data() + 1, end, place);
  return error == std::errc() && last == end ? std::optional(place) : std::nullopt;
}

}  // namespace

std::size_t find_name(const std::vector<std::string>& names, std::string_view column,
                      const std::string& where, const std::string& what) {
  if (const auto place = place_of(column)) {
    check(*place >= 1 && *place <= names.size(), "{}: {} asks for column {}; there are {}", where,
          what, column, names.size());
    return *place - 1;
  }
  const auto found = std::ranges::find(names, column);
  check(found != names.end(),
        "{}: there is no column \"{}\", which {} asks for; the nearest is \"{}\"", where, column,
        what, nearest_name(column, names));
  const auto again = std::find(found + 1, names.end(), column);
  check(again == names.end(),
        "{}: {} columns are named \"{}\", which {} asks for; say which by its place, \"#{}\" or "
        "\"#{}\"",
        where, std::ranges::count(names, column), column, what, found - names.begin() + 1,
        again - names.begin() + 1);
  return static_cast<std::size_t>(found - names.begin());
}

bool has_name(const std::vector<std::string>& names, std::string_view column) {
  if (const auto place = place_of(column)) return *place >= 1 && *place <= names.size();
  return !column.empty() && std::ranges::count(names, column) == 1;
}

std::vector<std::size_t> find_names(const std::vector<std::string>& names,
                                    const std::vector<std::string>& columns,
                                    const std::string& where, const std::string& what) {
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    const std::size_t dots = column.find("..");
    const bool whole = dots == std::string::npos || std::ranges::count(names, column) > 0;
    if (whole) {
      places.push_back(find_name(names, column, where, what));
      continue;
    }
    const std::size_t first = find_name(names, column.substr(0, dots), where, what);
    const std::size_t last = find_name(names, column.substr(dots + 2), where, what);
    check(first <= last, "{}: the columns \"{}\", which {} asks for, run backwards", where, column,
          what);
    for (std::size_t place = first; place <= last; ++place) places.push_back(place);
  }
  for (std::size_t i = 0; i < places.size(); ++i)
    check(std::find(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(i), places[i]) ==
              places.begin() + static_cast<std::ptrdiff_t>(i),
          "{}: {} asks for the column \"{}\" twice", where, what, names[places[i]]);
  return places;
}

}  // namespace cmc::data
