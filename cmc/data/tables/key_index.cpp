#include "cmc/data/tables/key_index.h"

#include <algorithm>

#include "cmc/data/splits.h"
#include "cmc/error.h"

namespace cmc::data {

KeyIndex::KeyIndex(std::shared_ptr<const Rows> rows, std::size_t column, const Missing& missing)
    : rows_(std::move(rows)), column_(column) {
  hashes_.reserve(static_cast<std::size_t>(rows_->size()));
  rows_->each([&](std::int64_t index, const Record& record) {
    const std::string_view key = trimmed(record.cells[column_]);
    if (missing.text(key))
      fail("{}: the key (column \"{}\") is {}", rows_->where(index), rows_->columns()[column_],
           key.empty() ? "empty" : fmt::format("\"{}\", which means missing", key));
    hashes_.emplace_back(name_hash(key), static_cast<std::uint32_t>(index));
  });
  std::ranges::sort(hashes_);
  Record one, other;
  for (std::size_t i = 1; i < hashes_.size(); ++i) {
    if (hashes_[i].first != hashes_[i - 1].first) continue;
    rows_->read(hashes_[i - 1].second, one);
    rows_->read(hashes_[i].second, other);
    const std::string_view key = trimmed(other.cells[column_]);
    if (trimmed(one.cells[column_]) == key)
      fail("{}: the key \"{}\" (column \"{}\") also occurs in {}", rows_->where(hashes_[i].second),
           key, rows_->columns()[column_], rows_->where(hashes_[i - 1].second));
  }
}

std::optional<std::uint32_t> KeyIndex::find(std::string_view key) const {
  thread_local Record record;
  for (const auto& [hash, row] : std::ranges::equal_range(
           hashes_, name_hash(key), {}, &std::pair<std::uint64_t, std::uint32_t>::first)) {
    rows_->read(row, record);
    if (trimmed(record.cells[column_]) == key) return row;
  }
  return std::nullopt;
}

}  // namespace cmc::data
