#include "cmc/files/unnamed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "cmc/error.h"

namespace cmc::files {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{64} << 30;

}  // namespace

UnnamedFile::UnnamedFile(std::string content) : content_(std::move(content)) {
  std::error_code ignored;
  folder_ = std::filesystem::temp_directory_path(ignored).string();
  if (folder_.empty()) folder_ = "/tmp";
  descriptor_ = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {  // a file system without such files
    std::string name = folder_ + "/cmc-XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ >= 0) ::unlink(name.c_str());
  }
  check(descriptor_ >= 0, "{}: no temporary file can be made in {}: {}", content_, folder_,
        std::strerror(errno));
}

UnnamedFile::~UnnamedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void UnnamedFile::write(const char* bytes, std::size_t count) {
  check(count <= most_bytes - size_, "{}: holds more than {} GiB of text; split it", content_,
        most_bytes >> 30);
  while (count > 0) {
    const ssize_t n = ::write(descriptor_, bytes, count);
    if (n < 0 && errno == EINTR) continue;
    check(n > 0, "{}: its text can't be written to a temporary file in {}, after {} bytes: {}",
          content_, folder_, size_, std::strerror(errno));
    bytes += n;
    count -= static_cast<std::size_t>(n);
    size_ += static_cast<std::uint64_t>(n);
  }
}

int UnnamedFile::release() {
  return std::exchange(descriptor_, -1);
}

}  // namespace cmc::files
