#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// Which row of a table belongs to each row of a manifest.
class TableJoin {
 public:
  /// Each row's own number.
  TableJoin() = default;

  /// The row of a table; nothing where none belongs to the manifest's.
  std::optional<std::int64_t> row(std::int64_t index) const;

  /// What may be wrong with keys that the table lacks; empty where nothing tells.
  const std::string& hint() const { return hint_; }

 private:
  friend TableJoin join_by_key(const Rows&, std::size_t, const std::shared_ptr<const Rows>&,
                               std::size_t, const Missing&);

  std::vector<std::uint32_t> rows_;
  std::string hint_;
};

/// Rows whose trimmed texts in `key` and, in the table, in `table_key` are alike. 4 bytes a row of
/// the manifest stay in memory. Throws Error where two rows of the table have one key (KeyIndex).
TableJoin join_by_key(const Rows& manifest, std::size_t key,
                      const std::shared_ptr<const Rows>& table, std::size_t table_key,
                      const Missing& missing);

}  // namespace cmc::data
