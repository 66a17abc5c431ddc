#include "cmc/files/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/foreign_file.h"
#include "cmc/files/unnamed_file.h"
#include "cmc/files/utf8.h"

namespace cmc::files {
namespace {

constexpr std::size_t text_block = std::size_t{1} << 20;

/// Whether every second byte of a file's beginning is zero, from `zero` on, and no other: UTF-16 of
/// Latin letters.
bool alternates_with_zeros(std::string_view head, std::size_t zero) {
  if (head.size() < 4) return false;
  for (std::size_t i = 0; i + 1 < head.size(); i += 2)
    if (head[i + zero] != '\0' || head[i + 1 - zero] == '\0') return false;
  return true;
}

}  // namespace

TextFile::TextFile(const std::filesystem::path& path) : path_(path.string()) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor >= 0, "{}: can't be opened: {}", path_, std::strerror(errno));
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  replace(descriptor, known ? static_cast<std::uint64_t>(status.st_size) : 0);
  try {
    if (head(2) == "\x1f\x8b") inflate();
    const std::string first = head(512);
    if (const std::string kind = foreign_kind(first); !kind.empty()) fail("{}: {}", path_, kind);
    check(!first.starts_with(std::string_view("\xff\xfe\0\0", 4)) &&
              !first.starts_with(std::string_view("\0\0\xfe\xff", 4)),
          "{}: is in UTF-32; save it in UTF-8", path_);
    if (first.starts_with("\xff\xfe")) {
      take_utf16(false, 2);
    } else if (first.starts_with("\xfe\xff")) {
      take_utf16(true, 2);
    } else if (alternates_with_zeros(first, 1)) {
      take_utf16(false, 0);
    } else if (alternates_with_zeros(first, 0)) {
      take_utf16(true, 0);
    } else if (first.starts_with("\xef\xbb\xbf")) {
      begin_ = 3;
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TextFile::~TextFile() {
  ::close(descriptor_);
}

void TextFile::replace(int descriptor, std::uint64_t size) {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = descriptor;
  end_ = size;
}

std::size_t TextFile::read(std::uint64_t offset, char* buffer, std::size_t size) const {
  for (;;) {
    const ssize_t n = ::pread(descriptor_, buffer, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    check(n > 0, "{}: byte {}: can't be read: {}", path_, offset,
          n < 0 ? std::strerror(errno) : "the file was cut while it was read");
    return static_cast<std::size_t>(n);
  }
}

void TextFile::read_all(std::uint64_t offset, char* buffer, std::size_t size) const {
  for (std::size_t done = 0; done < size;) done += read(offset + done, buffer + done, size - done);
}

std::string TextFile::head(std::size_t size) const {
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, end_)), '\0');
  read_all(0, text.data(), text.size());
  return text;
}

std::int64_t TextFile::line(std::uint64_t offset) const {
  std::vector<char> buffer(text_block);
  std::int64_t lines = 1;
  char before = '\0';
  for (std::uint64_t done = begin_; done < offset;) {
    const std::size_t count =
        read(done, buffer.data(),
             static_cast<std::size_t>(std::min<std::uint64_t>(text_block, offset - done)));
    for (std::size_t i = 0; i < count; ++i) {
      lines += buffer[i] == '\r' || (buffer[i] == '\n' && before != '\r');
      before = buffer[i];
    }
    done += count;
  }
  return lines;
}

void TextFile::inflate() {
  // gzread takes several members, as bgzip and `cat a.gz b.gz` write them, and checks each one's
  // sum.
  check(::lseek(descriptor_, 0, SEEK_SET) == 0, "{}: can't be read: {}", path_,
        std::strerror(errno));
  const int own = ::dup(descriptor_);
  check(own >= 0, "{}: can't be opened: {}", path_, std::strerror(errno));
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(::gzdopen(own, "rb"), ::gzclose);
  if (!file) ::close(own);
  check(file != nullptr, "{}: can't be opened: out of memory", path_);
  UnnamedFile plain(path_);
  std::vector<char> buffer(text_block);
  for (;;) {
    const int n = ::gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    int status = Z_OK;
    const char* const reason = ::gzerror(file.get(), &status);
    const std::string_view named = reason;  // "FILE: why"
    check(n >= 0 && status != Z_BUF_ERROR, "{}: damaged gzip data: {}", path_,
          status == Z_BUF_ERROR ? "it ends early; the file is truncated"
          : status == Z_ERRNO   ? std::string_view(std::strerror(errno))
                                : named.substr(std::min(named.rfind(": ") + 2, named.size())));
    if (n == 0) break;
    plain.write(buffer.data(), static_cast<std::size_t>(n));
  }
  const std::uint64_t size = plain.size();
  replace(plain.release(), size);
}

void TextFile::take_utf16(bool big_endian, std::uint64_t first) {
  check((end_ - first) % 2 == 0,
        "{}: byte {}: UTF-16 of an odd number of bytes; the file is truncated", path_, end_);
  UnnamedFile plain(path_);
  std::vector<char> buffer(text_block);
  std::string text;
  char32_t high = 0;  // the first half of a pair
  for (std::uint64_t at = first; at < end_;) {
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(text_block, end_ - at));
    read_all(at, buffer.data(), count);
    text.clear();
    for (std::size_t i = 0; i < count; i += 2) {
      const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(buffer[i + k]); };
      const char32_t unit = big_endian ? byte(0) << 8 | byte(1) : byte(1) << 8 | byte(0);
      const bool low = unit >= 0xdc00 && unit < 0xe000;
      check(low == (high != 0), "{}: byte {}: an unpaired UTF-16 surrogate", path_, at + i);
      if (unit >= 0xd800 && unit < 0xdc00) {
        high = unit;
      } else {
        append_utf8(low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : unit, text);
        high = 0;
      }
    }
    plain.write(text.data(), text.size());
    at += count;
  }
  check(high == 0, "{}: byte {}: an unpaired UTF-16 surrogate", path_, end_);
  const std::uint64_t size = plain.size();
  replace(plain.release(), size);
}

}  // namespace cmc::files
