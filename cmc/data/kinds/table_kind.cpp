#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Rows of fewer columns repeat by nature.
constexpr std::size_t least_columns_compared = 4;

Source declare_table(const SourceOptions& options) {
  return {.name = options.name, .kind = SourceKind::table};
}

NumberLayout numeric_columns(const Source& source) {
  const auto numbers = std::ranges::count_if(
      source.columns, [](const TableColumn& column) { return column.categories.empty(); });
  return {static_cast<std::size_t>(numbers), 1};
}

void check_table(const Source& source) {
  check(!source.columns.empty() &&
            source.shape.channels == static_cast<std::int64_t>(source.columns.size()),
        "its channels must be as many as its columns, one or more");
  bool text = false;
  for (const TableColumn& column : source.columns) {
    const std::vector<std::string>& categories = column.categories;
    check(!text || !categories.empty(), "its numeric columns must stand first");
    text = !categories.empty();
    check(std::ranges::adjacent_find(categories, std::ranges::greater_equal()) == categories.end(),
          "the categories of each column must be sorted and differ");
  }
}

std::string size_in_columns(const Source&, const SourceShape& value) {
  return fmt::format("{} columns", value.width);
}

bool has_many_columns(const Source& source) {
  return source.columns.size() >= least_columns_compared;
}

}  // namespace

constinit const KindDescriptor table_kind = {.name = "table",
                                             .declare = declare_table,
                                             .numbers = numeric_columns,
                                             .check = check_table,
                                             .size = size_in_columns,
                                             .tells_samples_apart = has_many_columns};

}  // namespace cmc::data
