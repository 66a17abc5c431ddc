#include "cmc/data/tables/label_leak.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

namespace cmc::data {

std::vector<std::size_t> leaking_columns(const Rows& manifest, std::size_t label_column,
                                         const Labels& labels, const Rows& table,
                                         const TableJoin& join, std::vector<std::size_t> columns) {
  constexpr std::int64_t rows_compared = 1000;
  std::set<std::string, std::less<>> seen;
  Record own, other;
  const std::int64_t compared = std::min(manifest.size(), rows_compared);
  for (std::int64_t n = 0; n < compared; ++n) {
    const std::int64_t index = n * manifest.size() / compared;  // fewer than 2³² rows
    const std::optional<std::int64_t> row = join.row(index);
    if (!row || !labels.has(index)) continue;
    manifest.read(index, own);
    table.read(*row, other);
    const std::string_view label = trimmed(own.cells[label_column]);
    seen.emplace(label);
    std::erase_if(columns,
                  [&](std::size_t column) { return label != trimmed(other.cells[column]); });
  }
  if (seen.size() < 2) columns.clear();
  return columns;
}

}  // namespace cmc::data
