#include "cmc/files/zip_records.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>

#include "cmc/error.h"
#include "cmc/files/checksum.h"

namespace cmc::files {
namespace {

/// Bytes that one byte of a deflate stream can stand for at most, and some to spare (RFC 1951).
constexpr std::uint64_t most_inflation = 1040;

/// The end of the directory, and the longest comment that may stand behind it.
constexpr std::uint64_t end_size = 22, most_comment = 0xffff;

/// Little-endian numbers at a place of the file.
class ZipBytes {
 public:
  ZipBytes(std::span<const std::uint8_t> file, const std::string& path)
      : file_(file), path_(path) {}

  template <class T>
  T at(std::uint64_t place) const {
    const auto bytes = range(place, sizeof(T));
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::span<const std::uint8_t> range(std::uint64_t place, std::uint64_t size) const {
    check(place <= file_.size() && size <= file_.size() - place,
          "{}: byte {}: the archive is cut short", path_, place);
    return file_.subspan(place, size);
  }
  void expect(std::uint64_t place, std::uint32_t mark, const char* what) const {
    check(at<std::uint32_t>(place) == mark, "{}: byte {}: {} was expected", path_, place, what);
  }

 private:
  std::span<const std::uint8_t> file_;
  const std::string& path_;
};

/// Where the end of the directory begins: the last place whose mark and length of the comment fit.
std::uint64_t find_end(const ZipBytes& bytes, std::uint64_t size, const std::string& path) {
  check(size >= end_size, "{}: byte 0: a zip archive was expected", path);
  const std::uint64_t last = size - end_size;
  for (std::uint64_t comment = 0; comment <= std::min(last, most_comment); ++comment) {
    const std::uint64_t end = last - comment;
    if (bytes.at<std::uint32_t>(end) == 0x06054b50u && bytes.at<std::uint16_t>(end + 20) == comment)
      return end;
  }
  fail("{}: byte {}: the end of a zip archive's directory was expected", path, last);
}

/// The 64-bit numbers of an entry, which stand for those of its 32-bit fields that are full, in
/// their order.
class WideFields {
 public:
  WideFields(const ZipBytes& bytes, std::uint64_t extra, std::uint64_t size) : bytes_(bytes) {
    constexpr std::uint16_t zip64 = 1;
    for (std::uint64_t next = 0; next + 4 <= size;) {
      const auto id = bytes.at<std::uint16_t>(extra + next);
      const auto length = bytes.at<std::uint16_t>(extra + next + 2);
      if (id == zip64) at_ = extra + next + 4;
      next += std::uint64_t{4} + length;
    }
  }

  std::uint64_t widened(std::uint32_t value) {
    if (value != 0xffffffffu || at_ == 0) return value;
    at_ += 8;
    return bytes_.at<std::uint64_t>(at_ - 8);
  }

 private:
  const ZipBytes& bytes_;
  std::uint64_t at_ = 0;
};

/// What a raw deflate stream holds; shorter than `size` where it is damaged, which its CRC-32
/// tells.
std::vector<std::uint8_t> inflated(std::span<const std::uint8_t> content, std::uint64_t size) {
  std::vector<std::uint8_t> result(size);
  z_stream stream{};
  check(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib can't start");
  stream.next_in = const_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = result.data();
  stream.avail_out = static_cast<uInt>(result.size());
  inflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  inflateEnd(&stream);
  return result;
}

}  // namespace

std::vector<ZipEntry> zip_directory(std::span<const std::uint8_t> file, const std::string& path) {
  const ZipBytes bytes(file, path);
  const std::uint64_t end = find_end(bytes, file.size(), path);
  std::uint64_t count = bytes.at<std::uint16_t>(end + 10);
  std::uint64_t at = bytes.at<std::uint32_t>(end + 16), directory_end = end;
  if (end >= 20 && bytes.at<std::uint32_t>(end - 20) == 0x07064b50u) {  // zip64
    const auto wide = bytes.at<std::uint64_t>(end - 12);
    directory_end = wide;
    bytes.expect(wide, 0x06064b50u, "the end of a zip64 archive's directory");
    count = bytes.at<std::uint64_t>(wide + 32);
    at = bytes.at<std::uint64_t>(wide + 48);
  }
  std::vector<ZipEntry> entries;
  std::set<std::string> names;
  std::map<std::uint64_t, std::uint64_t> taken;  // where each record ends, by where it begins
  const std::uint64_t directory = at;
  for (std::uint64_t i = 0; i < count; ++i) {
    bytes.expect(at, 0x02014b50u, "an entry of a zip archive's directory");
    const auto name_size = bytes.at<std::uint16_t>(at + 28);
    const auto extra_size = bytes.at<std::uint16_t>(at + 30);
    const auto comment_size = bytes.at<std::uint16_t>(at + 32);
    WideFields wide(bytes, at + 46 + name_size, extra_size);
    const std::uint64_t plain = wide.widened(bytes.at<std::uint32_t>(at + 24));
    const std::uint64_t stored = wide.widened(bytes.at<std::uint32_t>(at + 20));
    const std::uint64_t local = wide.widened(bytes.at<std::uint32_t>(at + 42));
    const auto name = bytes.range(at + 46, name_size);
    ZipEntry entry{{name.begin(), name.end()}, {}, false, plain, bytes.at<std::uint32_t>(at + 16)};
    check(names.insert(entry.name).second, "{}: byte {}: the record {} occurs twice", path, at,
          entry.name);
    check((bytes.at<std::uint16_t>(at + 8) & 1) == 0, "{}: byte {}: the record {} is encrypted",
          path, at, entry.name);
    const auto method = bytes.at<std::uint16_t>(at + 10);
    check(method == 0 ? plain == stored : method == 8,
          "{}: byte {}: the record {} is compressed in way {}; stored (0) or deflated (8) was "
          "expected",
          path, at, entry.name, method);
    entry.deflated = method == 8;
    bytes.expect(local, 0x04034b50u, "a record of a zip archive");
    const auto local_name = bytes.range(local + 30, bytes.at<std::uint16_t>(local + 26));
    check(std::string(local_name.begin(), local_name.end()) == entry.name,
          "{}: byte {}: the record {} was expected; the file is damaged", path, local, entry.name);
    entry.content =
        bytes.range(local + 30 + local_name.size() + bytes.at<std::uint16_t>(local + 28), stored);
    const auto ends = static_cast<std::uint64_t>(entry.content.data() - file.data()) + stored;
    const auto next = taken.lower_bound(local);
    check(ends <= directory && (next == taken.end() || next->first >= ends) &&
              (next == taken.begin() || std::prev(next)->second <= local),
          "{}: byte {}: the record {} overlaps another, or the archive's directory", path, local,
          entry.name);
    taken[local] = ends;
    check(!entry.deflated || plain / most_inflation <= stored,
          "{}: byte {}: the record {} claims {} bytes of {} deflated ones; the file is damaged",
          path, at, entry.name, plain, stored);
    entries.push_back(std::move(entry));
    at += std::uint64_t{46} + name_size + extra_size + comment_size;
  }
  check(at == directory_end,
        "{}: byte {}: the directory of {} records does not end where its end is marked, at byte {}",
        path, at, count, directory_end);
  return entries;
}

std::vector<std::uint8_t> unpacked(const ZipEntry& entry, const std::string& path) {
  std::vector<std::uint8_t> bytes =
      entry.deflated ? inflated(entry.content, entry.size)
                     : std::vector<std::uint8_t>(entry.content.begin(), entry.content.end());
  check(crc32(0, bytes.data(), bytes.size()) == entry.crc,
        "{}: the record {} does not match its CRC-32: the file is damaged", path, entry.name);
  return bytes;
}

std::vector<ZipRecord> zip_records(std::span<const std::uint8_t> file, const std::string& path) {
  std::vector<ZipRecord> records;
  for (const ZipEntry& entry : zip_directory(file, path))
    records.push_back({entry.name, unpacked(entry, path)});
  return records;
}

}  // namespace cmc::files
