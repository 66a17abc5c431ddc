#include "cmc/data/tables/table_join.h"

#include "cmc/data/tables/join_hint.h"
#include "cmc/data/tables/key_index.h"

namespace cmc::data {
namespace {

constexpr std::uint32_t no_row = ~std::uint32_t{0};
/// So many keys without a row are looked at for what is wrong with them.
constexpr std::size_t most_missed = 1000;

}  // namespace

std::optional<std::int64_t> TableJoin::row(std::int64_t index) const {
  if (rows_.empty()) return index;
  const std::uint32_t row = rows_[static_cast<std::size_t>(index)];
  return row == no_row ? std::nullopt : std::optional<std::int64_t>(row);
}

TableJoin join_by_key(const Rows& manifest, std::size_t key,
                      const std::shared_ptr<const Rows>& table, std::size_t table_key,
                      const Missing& missing) {
  const KeyIndex index(table, table_key, missing);
  TableJoin join;
  join.rows_.assign(static_cast<std::size_t>(manifest.size()), no_row);
  std::vector<std::string> missed;
  manifest.each([&](std::int64_t row, const Record& record) {
    const std::string_view text = trimmed(record.cells[key]);
    const std::optional<std::uint32_t> found = index.find(text);
    join.rows_[static_cast<std::size_t>(row)] = found.value_or(no_row);
    if (!found && missed.size() < most_missed) missed.emplace_back(text);
  });
  if (!missed.empty()) join.hint_ = join_hint(missed, *table, table_key);
  return join;
}

}  // namespace cmc::data
