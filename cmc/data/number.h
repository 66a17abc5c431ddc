#pragma once

#include <optional>
#include <string_view>

namespace cmc::data {

/// A cell without the spaces around it.
std::string_view trimmed(std::string_view cell);

/// The number that a cell holds, in decimal notation and as near as a double comes: digits with at
/// most one decimal mark among them, perhaps a sign before and an exponent behind ("-2", "+.5",
/// "1e5"), without blanks. A number beyond double's range, and "inf" or "infinity" in any case, is
/// infinite. Nothing for all else: "", "nan", "0x1f", "1_000", "1 000", "5 %".
std::optional<double> number(std::string_view cell, char decimal = '.');

}  // namespace cmc::data
