#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cmc::exchange {

/// A record of a zip archive: what a TorchScript file is.
struct ZipRecord {
  std::string name;
  std::vector<std::uint8_t> bytes;  ///< decompressed
};

/// The records of a zip archive: stored as they are (tensors) or deflated (code). Throws Error,
/// naming `path` and the byte, where it is no whole archive, a record does not match its CRC-32,
/// overlaps another or has the name of another.
std::vector<ZipRecord> zip_records(std::span<const std::uint8_t> file, const std::string& path);

}  // namespace cmc::exchange
