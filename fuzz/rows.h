#pragma once

#include "cmc/data/tables/rows.h"

namespace cmc::fuzz {

/// Reads all rows in one pass and each by its number. Throws std::logic_error where the two differ,
/// a row has another number of cells than there are columns, or a row's line does not come after
/// the one before.
void look_at(const data::Rows& rows);

}  // namespace cmc::fuzz
