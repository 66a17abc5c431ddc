#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// Rows by the text of their cell in one column, whose texts all differ. Sixteen bytes a row stay
/// in memory: a hash of the text and the row's number; the text itself is read when asked for.
class KeyIndex {
 public:
  /// Throws Error, with the lines, where a cell is missing or two rows have the same text.
  KeyIndex(std::shared_ptr<const Rows> rows, std::size_t column, const Missing& missing);

  /// The row of a key; empty where there is none.
  std::optional<std::uint32_t> find(std::string_view key) const;

 private:
  std::shared_ptr<const Rows> rows_;
  std::size_t column_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes_;  // sorted
};

}  // namespace cmc::data
