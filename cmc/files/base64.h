#pragma once

#include <string>
#include <string_view>

namespace cmc::files {

/// `bytes` in base 64 with padding (RFC 4648, section 4), as data: addresses have it.
std::string base64(std::string_view bytes);

/// The bytes of such a text. Throws Error where it is none.
std::string from_base64(std::string_view text);

}  // namespace cmc::files
