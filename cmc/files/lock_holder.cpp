#include "cmc/files/lock_holder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cmc::files {

std::string lock_holder(const std::filesystem::path& lock) {
  const int descriptor = ::open(lock.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return "";
  std::string holder;
  if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    std::array<char, 200> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
    holder.assign(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    holder = holder.substr(0, holder.find('\n'));
    if (holder.empty()) holder = "another process";
  }
  ::close(descriptor);  // and with it the shared lock
  return holder;
}

}  // namespace cmc::files
