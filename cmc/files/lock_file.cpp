#include "cmc/files/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "cmc/error.h"
#include "cmc/files/same_file.h"

namespace cmc::files {
namespace {

/// What the holder wrote of itself, such as "process 17 (cmc train)".
std::string holder(int descriptor) {
  std::array<char, 200> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  const std::string line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return line.empty() ? "another process" : line.substr(0, line.find('\n'));
}

/// The program and its first argument, such as " (cmc train)"; empty where the system doesn't tell.
std::string own_command() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::string program, argument;
  if (!std::getline(in, program, '\0')) return "";
  program = std::filesystem::path(program).filename().string();
  return std::getline(in, argument, '\0') ? fmt::format(" ({} {})", program, argument)
                                          : fmt::format(" ({})", program);
}

}  // namespace

LockFile::LockFile(std::filesystem::path path) : path_(std::move(path)) {
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    // Another person's lock may be held where the folder can be written.
    if (descriptor_ < 0 && errno == EACCES && ::access(path_.parent_path().c_str(), W_OK) == 0)
      descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) {
      unwritable_ = std::strerror(errno);
      return;
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return;  // this file system has no locks
      const std::string other = holder(descriptor_);
      ::close(descriptor_);
      fail("{}: {} is writing there; wait until it has ended, or end it",
           path_.parent_path().string(), other);
    }
    if (is_same_file(descriptor_, path_)) break;  // else its last holder removed it meanwhile
    ::close(descriptor_);
  }
  held_ = true;
  // What it says is only for people: a disk that is too full for it is no reason to stop.
  const std::string line = fmt::format("process {}{}\n", ::getpid(), own_command());
  if (::ftruncate(descriptor_, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(descriptor_, line.data(), line.size(), 0);
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LockFile::remove() {
  if (held_) ::unlink(path_.c_str());
}

}  // namespace cmc::files
