#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <unordered_set>

namespace cmc::data {

/// A file as it is now, by its size, its time, its inode and its device: another number where it
/// was written anew. 0 where there is none.
std::uint64_t file_identity(const std::filesystem::path& path);

/// Files that were decoded to their end without an error, by their identity. Safe to use from
/// several threads.
class CheckedFiles {
 public:
  bool contains(std::uint64_t file) const;
  void add(std::uint64_t file);

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> files_;
};

}  // namespace cmc::data
