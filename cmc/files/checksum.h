#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cmc::files {

/// The CRC-32 (that of zlib, gzip and zip) of bytes that follow those whose CRC-32 is `before`.
std::uint32_t crc32(std::uint32_t before, const void* bytes, std::size_t size);

// A file can carry its own checksum: somewhere in it stands "crc32:" and eight hexadecimal digits,
// the CRC-32 of the whole file as it is with zeros for these digits.

/// What stands in the file's place until its checksum is known.
inline constexpr std::string_view no_checksum = "crc32:00000000";

/// "crc32:" and the digits.
std::string checksum_text(std::uint32_t crc);

/// Puts no_checksum in the place of the first checksum in `bytes` and returns what stood there;
/// empty where there is none.
std::string take_checksum(std::string& bytes);

}  // namespace cmc::files
