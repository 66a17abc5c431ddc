#pragma once

#include <string_view>

namespace cmc::data {

/// Whether a text is UTF-8 (RFC 3629): no byte out of place, no overlong form, no surrogate. Names
/// of classes and categories go into JSON files, which hold nothing else.
bool is_utf8(std::string_view text);

}  // namespace cmc::data
