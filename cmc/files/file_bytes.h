#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cmc::files {

/// The bytes of a whole file and what keeps them alive.
struct FileBytes {
  std::string path;
  std::span<const std::uint8_t> bytes;
  std::shared_ptr<const void> owner;
};

/// Maps a file: its pages are read when touched, so that it may be larger than memory. Throws Error
/// where it can't be opened or is empty.
FileBytes map_file(const std::filesystem::path& path);

/// Inflates a gzip file (RFC 1952, several members allowed) into memory. Throws Error, with the
/// compressed byte, where it is no gzip file, is damaged or ends early.
FileBytes inflate_file(const std::filesystem::path& path);

/// Reads a whole file into `buffer`, whose memory is reused. Throws Error where it can't be opened
/// or read.
void read_file(const std::filesystem::path& path, std::vector<std::uint8_t>& buffer);

/// The lines of a text file without their ends and without empty ones. Throws Error where it can't
/// be read.
std::vector<std::string> read_lines(const std::filesystem::path& path);

}  // namespace cmc::files
