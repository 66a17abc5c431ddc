#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace cmc::files {

/// A file that appears whole or not at all: it is written beside its target, synced, and renamed
/// over it.
///
///   AtomicFile file("weights.safetensors");
///   file.write(header);
///   file.write(tensor.data_ptr(), tensor.nbytes());
///   file.commit();
///
/// Without commit() the destructor removes what was written, and an older target stays as it was.
/// What a killed process left half written is overwritten by the next writer of the same target.
///
/// A symbolic link stays: the file that it points to is replaced. A device, a pipe and /dev/stdout
/// are written to as they are.
class AtomicFile {
 public:
  /// Opens a file beside `target`, whose folder must exist. Throws Error where it can't be created,
  /// or `target` is a folder.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends `size` bytes. Throws Error where the disk refuses them.
  void write(const void* bytes, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Syncs the file and its folder and puts it in the target's place. Throws Error where that
  /// fails; the target is then as it was. Nothing can be written afterwards.
  void commit();

 private:
  void open_beside();
  void announce(std::filesystem::path temporary);

  std::filesystem::path target_;     ///< as it was named
  std::filesystem::path place_;      ///< behind the links
  std::filesystem::path temporary_;  ///< empty where the target is written to as it is
  int descriptor_ = -1;
  int noted_ = -1;
};

/// Writes `text` to `target`, whole or not at all.
void write_atomically(const std::filesystem::path& target, std::string_view text);

/// Throws Error where `target` can't be written, such as in a read-only folder: to be found before
/// the work whose result it will hold.
void check_writable(const std::filesystem::path& target);

}  // namespace cmc::files
