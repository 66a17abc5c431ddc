#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace cmc::files {

/// The bytes of a text file, at any place. A gzipped file and one in UTF-16 are first written out
/// as plain UTF-8 to a temporary file without a name (UnnamedFile), since neither can be read from
/// the middle. Safe to call from several threads.
class TextFile {
 public:
  /// Throws Error where the file can't be opened, is damaged, or is of another kind: for those that
  /// are known (foreign_file.h) with what to do.
  explicit TextFile(const std::filesystem::path& path);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  const std::string& path() const { return path_; }
  /// The first byte behind a byte order mark, and the end.
  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }

  /// Reads up to `size` bytes at `offset` < end(), at least one; how many. Throws Error where the
  /// file can't be read.
  std::size_t read(std::uint64_t offset, char* buffer, std::size_t size) const;
  /// Reads all of [offset, offset + size).
  void read_all(std::uint64_t offset, char* buffer, std::size_t size) const;

  /// The line, from 1, that a byte is in: lines end with "\n", "\r\n" or "\r". Reads the file up to
  /// there.
  std::int64_t line(std::uint64_t offset) const;

 private:
  std::string head(std::size_t size) const;
  void inflate();
  void take_utf16(bool big_endian, std::uint64_t first);
  void replace(int descriptor, std::uint64_t size);

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t begin_ = 0, end_ = 0;
};

}  // namespace cmc::files
