#include "cmc/files/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "cmc/error.h"
#include "cmc/files/mapped_files.h"

namespace cmc::files {
namespace {

/// An open file and its size in bytes.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    check(descriptor_ >= 0, "{}: can't be opened: {}", path.string(), std::strerror(errno));
    struct stat status {};
    const bool regular = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
    if (!regular) ::close(descriptor_);
    check(regular, "{}: not a regular file", path.string());
    size_ = static_cast<std::size_t>(status.st_size);
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor() const { return descriptor_; }
  std::size_t size() const { return size_; }

 private:
  int descriptor_;
  std::size_t size_ = 0;
};

/// zlib's state for one gzip stream, ended with its scope.
struct Inflation {
  z_stream stream{};
  Inflation() {
    constexpr int gzip_only = 16 + MAX_WBITS;
    check(inflateInit2(&stream, gzip_only) == Z_OK, "zlib can't start: {}", zError(Z_MEM_ERROR));
  }
  ~Inflation() { inflateEnd(&stream); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
};

}  // namespace

FileBytes map_file(const std::filesystem::path& path) {
  const OpenFile file(path);
  const std::size_t size = file.size();
  check(size > 0, "{}: byte 0: the file is empty", path.string());
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  check(address != MAP_FAILED, "{}: can't be mapped: {}", path.string(), std::strerror(errno));
  const int noted = note_mapping(address, size, path);
  std::shared_ptr<const void> owner(address, [size, noted](void* p) {
    forget_mapping(noted);
    ::munmap(p, size);
  });
  return {path.string(), {static_cast<const std::uint8_t*>(address), size}, std::move(owner)};
}

FileBytes inflate_file(const std::filesystem::path& path) {
  const FileBytes packed = map_file(path);
  const std::size_t size = packed.bytes.size();
  check(size >= 2 && packed.bytes[0] == 0x1f && packed.bytes[1] == 0x8b,
        "{}: byte 0: the magic number 0x1f8b of a gzip file was expected", packed.path);
  auto plain = std::make_shared<std::vector<std::uint8_t>>();
  Inflation inflation;
  z_stream& stream = inflation.stream;
  std::size_t consumed = 0;
  std::size_t produced = 0;
  for (;;) {
    if (produced == plain->size()) plain->resize(std::max<std::size_t>(4 * size, 2 * produced));
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    stream.next_in = const_cast<std::uint8_t*>(packed.bytes.data()) + consumed;
    stream.avail_in = static_cast<uInt>(std::min(size - consumed, most));
    stream.next_out = plain->data() + produced;
    stream.avail_out = static_cast<uInt>(std::min(plain->size() - produced, most));
    const int status = inflate(&stream, Z_NO_FLUSH);
    consumed = static_cast<std::size_t>(stream.next_in - packed.bytes.data());
    produced = static_cast<std::size_t>(stream.next_out - plain->data());
    if (status == Z_STREAM_END) {
      if (consumed == size) break;
      inflateReset(&stream);
      continue;
    }
    check(status == Z_OK || status == Z_BUF_ERROR, "{}: byte {}: damaged gzip data ({})",
          packed.path, consumed, stream.msg != nullptr ? stream.msg : zError(status));
    check(consumed < size || stream.avail_out == 0,
          "{}: byte {}: the gzip data ends early; the file is truncated", packed.path, size);
  }
  plain->resize(produced);
  check(produced > 0, "{}: byte {}: the gzip file holds no data", packed.path, size);
  const std::span<const std::uint8_t> bytes(plain->data(), produced);
  return {packed.path, bytes, std::move(plain)};
}

void read_file(const std::filesystem::path& path, std::vector<std::uint8_t>& buffer) {
  const OpenFile file(path);
  buffer.resize(file.size());
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = ::read(file.descriptor(), buffer.data() + done, buffer.size() - done);
    if (n < 0 && errno == EINTR) continue;
    check(n > 0, "{}: byte {}: can't be read: {}", path.string(), done,
          n < 0 ? std::strerror(errno) : "the file was cut while it was read");
    done += static_cast<std::size_t>(n);
  }
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes;
  read_file(path, bytes);
  std::vector<std::string> lines;
  std::string line;
  for (const std::uint8_t byte : bytes) {
    if (byte != '\n' && byte != '\r') {
      line.push_back(static_cast<char>(byte));
    } else if (!line.empty()) {
      lines.push_back(std::move(line));
      line.clear();
    }
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace cmc::files
