#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// The rows that each row's cell in `column` names, several separated by semicolons: by their text
/// in the column `key`, or without one by their number, counted from 0. A missing cell names none.
/// Throws Error, with the line, where a name is no row's (with the nearest) or the row's own.
/// `what` asks for it.
std::vector<std::vector<std::int64_t>> named_samples(const Rows& rows, std::size_t column,
                                                     std::optional<std::size_t> key,
                                                     const Missing& missing,
                                                     const std::string& what);

}  // namespace cmc::data
