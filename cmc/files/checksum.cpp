#include "cmc/files/checksum.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>

namespace cmc::files {

std::uint32_t crc32(std::uint32_t before, const void* bytes, std::size_t size) {
  if (size == 0) return before;  // zlib takes a null pointer for a request to begin anew
  return static_cast<std::uint32_t>(::crc32_z(before, static_cast<const Bytef*>(bytes), size));
}

std::string checksum_text(std::uint32_t crc) {
  return fmt::format("crc32:{:08x}", crc);
}

std::string take_checksum(std::string& bytes) {
  const std::string_view mark = no_checksum.substr(0, no_checksum.find(':') + 1);
  for (std::size_t at = 0; (at = bytes.find(mark, at)) != std::string::npos; at += mark.size()) {
    if (at + no_checksum.size() > bytes.size()) break;
    const auto digits = bytes.begin() + static_cast<std::ptrdiff_t>(at + mark.size());
    const bool hexadecimal = std::all_of(digits, digits + 8, [](unsigned char c) {
      return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f');
    });
    if (!hexadecimal) continue;
    std::string found = bytes.substr(at, no_checksum.size());
    bytes.replace(at, no_checksum.size(), no_checksum);
    return found;
  }
  return {};
}

}  // namespace cmc::files
