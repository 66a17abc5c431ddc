#include "cmc/data/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cmc/error.h"

namespace cmc::data {
namespace {

[[noreturn]] void fail_system(const std::filesystem::path& path, const char* action) {
  fail("{}: can't {}: {}", path.string(), action, std::strerror(errno));
}

/// A name that no other writer of this or another process uses now.
std::filesystem::path beside(const std::filesystem::path& target) {
  static std::atomic<unsigned> count{0};
  return target.parent_path() / fmt::format(".{}.{}-{}.tmp", target.filename().string(), ::getpid(),
                                            count.fetch_add(1, std::memory_order_relaxed));
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;
  ::fsync(
      descriptor);  // Some file systems have no sync for folders; the rename itself has succeeded.
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target)
    : target_(std::move(target)), temporary_(beside(target_)) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_system(target_, "create it");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* bytes, std::size_t size) {
  check(descriptor_ >= 0, "{}: written to after commit()", target_.string());
  const char* from = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(descriptor_, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_system(target_, "write to it");
    from += written;
    size -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  check(descriptor_ >= 0, "{}: committed twice", target_.string());
  if (::fsync(descriptor_) != 0) fail_system(target_, "sync it");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_system(target_, "replace it");
  ::close(std::exchange(descriptor_, -1));
  sync_folder(target_.parent_path());
}

void write_atomically(const std::filesystem::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

}  // namespace cmc::data
