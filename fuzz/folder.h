#pragma once

#include <filesystem>
#include <string_view>

#include "fuzz/readers.h"

namespace cmc::fuzz {

/// A folder for the files of one input after the other; it goes when the process ends in order.
/// Where TMPDIR lies in memory a file costs microseconds.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file anew.
  std::filesystem::path write(std::string_view name, Bytes bytes) const;
  std::filesystem::path write(std::string_view name, std::string_view text) const;
  /// Writes a file of `size` zeros, which take no room.
  std::filesystem::path write_zeros(std::string_view name, std::size_t size) const;
  /// Removes a file, where it is there.
  void remove(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace cmc::fuzz
