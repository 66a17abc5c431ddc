#include "cmc/files/temporary_files.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>

namespace cmc::files {
namespace {

enum class State { unused, changing, announced, owned };

/// A table of fixed size: a signal handler can neither allocate nor wait for a lock.
struct Temporary {
  std::atomic<State> state{State::unused};
  char path[PATH_MAX] = {};
};

std::array<Temporary, 64> temporaries;

std::atomic<bool> at_end = false;
pthread_t ender;

void sleep_a_millisecond() {
  const timespec time{.tv_sec = 0, .tv_nsec = 1'000'000};
  ::nanosleep(&time, nullptr);
}

/// Gives the thread that makes an announced file the time to own it. It has none where it is the
/// thread that was interrupted.
State settled(const Temporary& file) {
  for (int waited = 0; waited < 10 && file.state == State::announced; ++waited)
    sleep_a_millisecond();
  return file.state;
}

void remove_unless_locked(const char* path) {
  const int descriptor = ::open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(path);
  ::close(descriptor);
}

}  // namespace

int announce_temporary(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.size() >= PATH_MAX) return -1;
  for (std::size_t i = 0; i < temporaries.size(); ++i) {
    Temporary& file = temporaries[i];
    State unused = State::unused;
    if (!file.state.compare_exchange_strong(unused, State::changing)) continue;
    std::memcpy(file.path, text.c_str(), text.size() + 1);
    file.state = State::announced;
    // Either this sees the end, or remove_temporaries() sees the file.
    while (at_end && ::pthread_equal(ender, ::pthread_self()) == 0) sleep_a_millisecond();
    return static_cast<int>(i);
  }
  return -1;
}

void own_temporary(int place) noexcept {
  if (place >= 0) temporaries[static_cast<std::size_t>(place)].state = State::owned;
}

void forget_temporary(int place) noexcept {
  if (place >= 0) temporaries[static_cast<std::size_t>(place)].state = State::unused;
}

void remove_temporaries() noexcept {
  ender = ::pthread_self();
  at_end = true;
  for (const Temporary& file : temporaries) {
    const State state = settled(file);
    if (state == State::owned) ::unlink(file.path);
    if (state == State::announced) remove_unless_locked(file.path);
  }
}

}  // namespace cmc::files
