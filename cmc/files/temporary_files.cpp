#include "cmc/files/temporary_files.h"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>

namespace cmc::files {
namespace {

enum class State { unused, changing, noted };

/// A table of fixed size: a signal handler can neither allocate nor wait for a lock.
struct NotedFile {
  std::atomic<State> state{State::unused};
  char path[PATH_MAX] = {};
};

std::array<NotedFile, 64> noted;

}  // namespace

int note_temporary(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.size() >= PATH_MAX) return -1;
  for (std::size_t i = 0; i < noted.size(); ++i) {
    State unused = State::unused;
    if (!noted[i].state.compare_exchange_strong(unused, State::changing)) continue;
    std::memcpy(noted[i].path, text.c_str(), text.size() + 1);
    noted[i].state = State::noted;
    return static_cast<int>(i);
  }
  return -1;
}

void forget_temporary(int place) noexcept {
  if (place >= 0) noted[static_cast<std::size_t>(place)].state = State::unused;
}

void remove_temporaries() noexcept {
  for (const NotedFile& file : noted)
    if (file.state == State::noted) ::unlink(file.path);
}

}  // namespace cmc::files
