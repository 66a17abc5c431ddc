#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// The decimal mark of the numbers in some columns, and what a person should know of it.
struct Decimal {
  char mark = '.';
  /// Whether it was given, or a number has it.
  bool told = false;
  std::vector<std::string> notes = {};
};

/// That of the rows (Rows::decimal), or else what their numbers tell: a comma where some have one
/// and none has a point. Throws Error, with the lines, where some have the one and some the other,
/// and where a comma may as well set thousands apart: "1,234" alone.
Decimal find_decimal(const Rows& rows, std::span<const std::size_t> columns,
                     const Missing& missing);

/// Why a cell is no number, for a message: `"1.234,5" where a number is due; write 1234.5: …`.
std::string number_expected(std::string_view cell, char decimal);

}  // namespace cmc::data
