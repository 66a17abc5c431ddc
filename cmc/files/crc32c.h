#pragma once

#include <cstdint>
#include <string_view>

namespace cmc::files {

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78; RFC 3720, appendix B.4) of `bytes`.
std::uint32_t crc32c(std::string_view bytes);

/// The checksum as TFRecord files store it: rotated right by 15 bits, plus 0xa282ead8, so that the
/// checksum of data that holds its own checksum is no constant.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace cmc::files
