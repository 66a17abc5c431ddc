#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cmc::files {

/// Whether a text is UTF-8 (RFC 3629): no byte out of place, no overlong form, no surrogate. Names
/// of classes and categories go into JSON files, which hold nothing else.
bool is_utf8(std::string_view text);

/// The place of the first byte that is not UTF-8; the text's size where all are.
std::size_t utf8_end(std::string_view text);

/// Whether all bytes are below 128.
bool is_ascii(std::string_view text);

/// How many code points a UTF-8 text has: about as many columns as it takes.
std::size_t code_points(std::string_view text);

/// Appends a code point below 0x110000 that is no surrogate.
void append_utf8(char32_t point, std::string& text);

/// Turns Windows-1252, which holds Latin-1's letters and is what Excel writes in the West, into
/// UTF-8. False, and `text` as it was, where a byte has no letter there: 0x81, 0x8d, 0x8f, 0x90,
/// 0x9d.
bool windows_1252_to_utf8(std::string& text);

}  // namespace cmc::files
