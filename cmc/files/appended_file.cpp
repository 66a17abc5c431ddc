#include "cmc/files/appended_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cmc/error.h"

namespace cmc::files {

AppendedFile::AppendedFile(std::filesystem::path path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
  check(descriptor_ >= 0, "{}: can't write to it: {}", path_.string(), std::strerror(errno));
}

AppendedFile::~AppendedFile() {
  ::close(descriptor_);
}

void AppendedFile::write(std::string_view text) {
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int reason = errno;
      // Half a line would only be in the way of the next reader; a pipe keeps it.
      [[maybe_unused]] const int cut = before < 0 ? 0 : ::ftruncate(descriptor_, before);
      fail("{}: can't write to it: {}", path_.string(), std::strerror(reason));
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace cmc::files
