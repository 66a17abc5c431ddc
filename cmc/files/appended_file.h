#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace cmc::files {

/// A file that grows, such as a log of one line a step. What write() returned from has been handed
/// to the operating system, so that others see it.
class AppendedFile {
 public:
  /// Opens or makes the file; what it holds stays. Throws Error where it can't be written.
  explicit AppendedFile(std::filesystem::path path);
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  /// Appends `text`, whole or not at all. Throws Error where the disk refuses it.
  void write(std::string_view text);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace cmc::files
