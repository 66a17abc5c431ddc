#pragma once

#include <filesystem>
#include <string>

namespace cmc::files {

/// Keeps a second process from writing where this one does. The lock (flock on a file) goes with
/// the process, however that ends; the file stays, and without the lock it means nothing.
class LockFile {
 public:
  /// Makes `path` where it is missing and locks it. Throws Error, with the process and its command,
  /// where another one (or another LockFile of this one) holds the lock.
  explicit LockFile(std::filesystem::path path);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// Why the file can't be written, such as in a read-only folder; empty where it can.
  const std::string& unwritable() const { return unwritable_; }
  /// Whether the lock is held: not where the file can't be written, nor on a file system that has
  /// no locks.
  bool held() const { return held_; }

  /// Removes the file while the lock is held: where the folder will hold nothing more.
  void remove();

 private:
  std::filesystem::path path_;
  std::string unwritable_;
  int descriptor_ = -1;
  bool held_ = false;
};

}  // namespace cmc::files
