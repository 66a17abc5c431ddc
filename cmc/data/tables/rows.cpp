#include "cmc/data/tables/rows.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cmc/data/tables/array_manifest.h"
#include "cmc/data/tables/csv.h"
#include "cmc/data/tables/file_names.h"
#include "cmc/data/tables/json_lines.h"
#include "cmc/error.h"
#include "cmc/files/lower_case.h"

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

std::string ending_of(const std::filesystem::path& path) {
  const std::string ending = files::small_ending(path);
  return ending == ".gz" ? files::small_ending(path.stem()) : ending;
}

std::shared_ptr<const Rows> open_rows(const std::string& name, const RowsOptions& options) {
  check(!options.decimal || *options.decimal == '.' || *options.decimal == ',',
        "data.decimal = \"{}\": it must be \".\" or \",\"", options.decimal.value_or(' '));
  if (name.find('{') != std::string::npos) return open_file_names(name);
  const std::filesystem::path path = name;
  std::error_code ignored;  // a name that is too long, a folder that is closed
  check(!std::filesystem::is_directory(path, ignored),
        "{}: is a folder; a file of rows was expected, or a pattern of file names such as "
        "\"{}/{{name}}.png\"",
        name, name);
  check(std::filesystem::is_regular_file(path, ignored),
        "{}: there is no such file (it would be {})", name,
        std::filesystem::absolute(path).string());
  if (is_array_manifest(path)) return open_array_manifest(path);
  const std::string ending = ending_of(path);
  const bool is_json = ending == ".jsonl" || ending == ".ndjson" || ending == ".json";
  return is_json ? open_json_lines(path) : open_csv(path, options);
}

std::size_t find_column(const Rows& rows, std::string_view column, const std::string& what) {
  const std::vector<std::string>& columns = rows.columns();
  if (const auto place = place_of(column)) {
    check(*place >= 1 && *place <= columns.size(), "{}: {} asks for column {}; there are {}",
          rows.name(), what, column, columns.size());
    return *place - 1;
  }
  const auto found = std::ranges::find(columns, column);
  check(found != columns.end(),
        "{}: there is no column \"{}\", which {} asks for; the nearest is \"{}\"", rows.name(),
        column, what, nearest_name(column, columns));
  const auto again = std::find(found + 1, columns.end(), column);
  check(again == columns.end(),
        "{}: {} columns are named \"{}\", which {} asks for; say which by its place, \"#{}\" or "
        "\"#{}\"",
        rows.name(), std::ranges::count(columns, column), column, what, found - columns.begin() + 1,
        again - columns.begin() + 1);
  return static_cast<std::size_t>(found - columns.begin());
}

bool has_column(const Rows& rows, std::string_view column) {
  const std::vector<std::string>& columns = rows.columns();
  if (const auto place = place_of(column)) return *place >= 1 && *place <= columns.size();
  return !column.empty() && std::ranges::count(columns, column) == 1;
}

std::vector<std::size_t> find_columns(const Rows& rows, const std::vector<std::string>& columns,
                                      const std::string& what) {
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    const std::size_t dots = column.find("..");
    const bool whole = dots == std::string::npos || std::ranges::count(rows.columns(), column) > 0;
    if (whole) {
      places.push_back(find_column(rows, column, what));
      continue;
    }
    const std::size_t first = find_column(rows, column.substr(0, dots), what);
    const std::size_t last = find_column(rows, column.substr(dots + 2), what);
    check(first <= last, "{}: the columns \"{}\", which {} asks for, run backwards", rows.name(),
          column, what);
    for (std::size_t place = first; place <= last; ++place) places.push_back(place);
  }
  for (std::size_t i = 0; i < places.size(); ++i)
    check(std::find(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(i), places[i]) ==
              places.begin() + static_cast<std::ptrdiff_t>(i),
          "{}: {} asks for the column \"{}\" twice", rows.name(), what, rows.columns()[places[i]]);
  return places;
}

std::string_view trimmed(std::string_view cell) {
  constexpr std::string_view space = " \t\r";
  const std::size_t first = cell.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return cell.substr(first, cell.find_last_not_of(space) - first + 1);
}

}  // namespace cmc::data
