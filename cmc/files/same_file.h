#pragma once

#include <sys/stat.h>

#include <filesystem>

namespace cmc::files {

/// Whether the open file is the one that the path names now: it may have been renamed or removed
/// since it was opened.
inline bool is_same_file(int descriptor, const std::filesystem::path& path) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace cmc::files
