#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cmc::files {

/// A file without a name in the folder for temporary files ($TMPDIR, or /tmp): its space is given
/// back when it is closed, however the program ends.
class UnnamedFile {
 public:
  /// `content` says in errors whose content it holds. Throws Error where it can't be made.
  explicit UnnamedFile(std::string content);
  ~UnnamedFile();
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;

  /// Appends bytes. Throws Error where the disk is full, and beyond 64 GiB in all.
  void write(const char* bytes, std::size_t count);
  std::uint64_t size() const { return size_; }

  /// Hands over the descriptor, which the caller closes.
  int release();

 private:
  std::string content_;
  std::string folder_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace cmc::files
