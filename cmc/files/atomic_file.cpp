#include "cmc/files/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "cmc/error.h"
#include "cmc/files/same_file.h"
#include "cmc/files/temporary_files.h"

namespace cmc::files {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_system(const fs::path& path, const char* action) {
  fail("{}: can't {}: {}", path.string(), action, std::strerror(errno));
}

/// Whether the path names an open file of this process, as /dev/stdout and /dev/fd/3 do.
bool is_descriptor(const fs::path& path) {
  std::error_code error;
  const fs::path descriptors = fs::canonical("/proc/self/fd", error);
  return !error && fs::canonical(path.parent_path(), error) == descriptors && !error;
}

/// Where a chain of symbolic links ends, whether there is a file or not.
fs::path followed(const fs::path& target) {
  constexpr int most_links = 40;
  std::error_code error;
  fs::path path = target;
  for (int links = 0; fs::is_symlink(path, error) && !is_descriptor(path); ++links) {
    check(links < most_links, "{}: a chain of symbolic links that doesn't end", target.string());
    const fs::path to = fs::read_symlink(path, error);
    if (error) break;
    path = to.is_absolute() ? to : path.parent_path() / to;
  }
  return path;
}

/// A descriptor of what is written to as it is; -1 where the path names a file that can be
/// replaced, or none.
int open_stream(const fs::path& path) {
  if (is_descriptor(path)) {
    int number = -1;
    const std::string name = path.filename().string();
    std::from_chars(name.data(), name.data() + name.size(), number);
    return ::fcntl(number, F_DUPFD_CLOEXEC, 0);  // with the position that it has
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return -1;
  check(!S_ISDIR(status.st_mode), "{}: is a folder; a file was expected", path.string());
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) fail_system(path, "write to it");
  return descriptor;
}

fs::path beside(const fs::path& target, const std::string& mark) {
  return target.parent_path() / fmt::format(".{}.{}.tmp", target.filename().string(), mark);
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;
  ::fsync(
      descriptor);  // Some file systems have no sync for folders; the rename itself has succeeded.
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), place_(followed(target_)) {
  descriptor_ = open_stream(place_);
  if (descriptor_ >= 0) return;
  try {
    open_beside();
  } catch (...) {
    forget_temporary(noted_);
    throw;
  }
  own_temporary(noted_);
}

void AtomicFile::announce(fs::path temporary) {
  forget_temporary(noted_);
  temporary_ = std::move(temporary);
  noted_ = announce_temporary(temporary_);
}

/// The first of .NAME.0.tmp, .NAME.1.tmp, … that no living process writes: each holds a lock on
/// its own, which goes with it. So what a killed process left is taken up here and overwritten.
void AtomicFile::open_beside() {
  for (int number = 0;;) {
    announce(beside(place_, fmt::format("{}", number)));
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail_system(target_, "create it");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const bool taken = errno == EWOULDBLOCK;
      ::close(std::exchange(descriptor_, -1));
      ++number;
      if (taken) continue;
      // A file system without locks: a name that no other process has.
      announce(beside(place_, fmt::format("{}-{}", ::getpid(), number)));
      descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ >= 0) return;
      if (errno != EEXIST) fail_system(target_, "create it");
      continue;
    }
    // Between open and lock its last writer may have renamed it: it is another's target by now.
    if (is_same_file(descriptor_, temporary_)) break;
    ::close(std::exchange(descriptor_, -1));
  }
  if (::ftruncate(descriptor_, 0) != 0) {
    ::close(std::exchange(descriptor_, -1));
    fail_system(target_, "create it");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  forget_temporary(noted_);
  ::close(descriptor_);
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
  if (temporary_.empty()) {
    ::close(std::exchange(descriptor_, -1));
    return;
  }
  if (::fsync(descriptor_) != 0) fail_system(target_, "sync it");
  if (::rename(temporary_.c_str(), place_.c_str()) != 0) fail_system(target_, "replace it");
  forget_temporary(noted_);
  ::close(std::exchange(descriptor_, -1));
  sync_folder(place_.parent_path());
}

void write_atomically(const fs::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void check_writable(const fs::path& target) {
  const AtomicFile file(target);
}

}  // namespace cmc::files
