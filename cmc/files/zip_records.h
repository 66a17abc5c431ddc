#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cmc::files {

/// Where a record of a zip archive lies, as the archive's directory has it.
struct ZipEntry {
  std::string name;
  std::span<const std::uint8_t> content;  ///< as it is stored in the archive
  bool deflated = false;                  ///< else `content` is the record itself
  std::uint64_t size = 0;                 ///< of the record
  std::uint32_t crc = 0;                  ///< CRC-32 of the record
};

/// The directory of a zip archive, whose records are stored as they are or deflated; none is read.
/// Throws Error, naming `path` and the byte, where it is no whole archive, or a record overlaps
/// another or has the name of another.
std::vector<ZipEntry> zip_directory(std::span<const std::uint8_t> file, const std::string& path);

/// A record's bytes. Throws Error where they do not match their CRC-32.
std::vector<std::uint8_t> unpacked(const ZipEntry& entry, const std::string& path);

/// A record of a zip archive: what a TorchScript file is.
struct ZipRecord {
  std::string name;
  std::vector<std::uint8_t> bytes;  ///< decompressed
};

/// All records. Throws what zip_directory and unpacked throw.
std::vector<ZipRecord> zip_records(std::span<const std::uint8_t> file, const std::string& path);

}  // namespace cmc::files
