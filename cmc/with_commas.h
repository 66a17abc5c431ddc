#pragma once

#include <cstdint>
#include <string>

namespace cmc {

/// A number for people: 12,345; −12,345 with a minus sign rather than a hyphen.
std::string with_commas(std::int64_t n);

}  // namespace cmc
