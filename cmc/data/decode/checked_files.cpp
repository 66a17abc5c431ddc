#include "cmc/data/decode/checked_files.h"

#include <sys/stat.h>

#include "cmc/data/splits.h"

namespace cmc::data {

std::uint64_t file_identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  const std::int64_t facts[] = {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                                static_cast<std::int64_t>(status.st_ino),
                                static_cast<std::int64_t>(status.st_dev)};
  return name_hash({reinterpret_cast<const char*>(facts), sizeof(facts)});
}

bool CheckedFiles::contains(std::uint64_t file) const {
  const std::lock_guard lock(mutex_);
  return files_.contains(file);
}

void CheckedFiles::add(std::uint64_t file) {
  const std::lock_guard lock(mutex_);
  files_.insert(file);
}

}  // namespace cmc::data
