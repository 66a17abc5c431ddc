#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// Why keys that have no row in a table may have one after all: such as "1", where the table has
/// "1.0", or "a7", where it has "A7". `missed` are some of these keys. Empty where none is alike
/// among the table's first 100,000 rows.
std::string join_hint(const std::vector<std::string>& missed, const Rows& table,
                      std::size_t column);

}  // namespace cmc::data
