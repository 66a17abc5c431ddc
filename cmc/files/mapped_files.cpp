#include "cmc/files/mapped_files.h"

#include <limits.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace cmc::files {
namespace {

/// A table of fixed size, for a signal handler can't wait for a lock. `end` is 0 where the place
/// is free, and `begin` while it is filled.
struct Mapping {
  std::atomic<std::uintptr_t> begin{0}, end{0};
  char path[PATH_MAX] = {};
};

std::array<Mapping, 64> mappings;

}  // namespace

int note_mapping(const void* address, std::size_t size, const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.size() >= PATH_MAX) return -1;
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    std::uintptr_t unused = 0;
    if (!mappings[i].end.compare_exchange_strong(unused, begin)) continue;
    mappings[i].begin = begin;
    std::memcpy(mappings[i].path, text.c_str(), text.size() + 1);
    mappings[i].end = begin + size;
    return static_cast<int>(i);
  }
  return -1;
}

void forget_mapping(int place) noexcept {
  if (place >= 0) mappings[static_cast<std::size_t>(place)].end = 0;
}

const char* mapped_file_at(const void* address) noexcept {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (const Mapping& mapping : mappings)
    if (place >= mapping.begin && place < mapping.end) return mapping.path;
  return nullptr;
}

}  // namespace cmc::files
