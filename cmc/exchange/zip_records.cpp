#include "cmc/exchange/zip_records.h"

#include <zlib.h>

#include <cstring>
#include <iterator>
#include <map>
#include <set>

#include "cmc/data/checksum.h"
#include "cmc/error.h"

namespace cmc::exchange {
namespace {

/// Bytes that one byte of a deflate stream can stand for at most, and some to spare (RFC 1951).
constexpr std::uint64_t most_inflation = 1040;

/// Little-endian numbers at a place of the file.
class Bytes {
 public:
  Bytes(std::span<const std::uint8_t> file, const std::string& path) : file_(file), path_(path) {}

  template <class T>
  T at(std::uint64_t place) const {
    check(place <= file_.size() && sizeof(T) <= file_.size() - place,
          "{}: byte {}: the archive is cut short", path_, place);
    T value;
    std::memcpy(&value, file_.data() + place, sizeof(T));
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

/// The number that a field of 32 bits stands for: itself, or the next of the extra field's 64-bit
/// ones.
std::uint64_t widened(const Bytes& bytes, std::uint32_t value, std::uint64_t& next) {
  if (value != 0xffffffffu) return value;
  next += 8;
  return bytes.at<std::uint64_t>(next - 8);
}

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

std::vector<ZipRecord> zip_records(std::span<const std::uint8_t> file, const std::string& path) {
  const Bytes bytes(file, path);
  check(file.size() >= 22, "{}: byte 0: a zip archive was expected", path);
  const std::uint64_t end = file.size() - 22;  // libtorch writes no comment behind it
  bytes.expect(end, 0x06054b50u, "the end of a zip archive's directory");
  std::uint64_t count = bytes.at<std::uint16_t>(end + 10);
  std::uint64_t entry = bytes.at<std::uint32_t>(end + 16), directory_end = end;
  if (end >= 20 && bytes.at<std::uint32_t>(end - 20) == 0x07064b50u) {  // zip64
    const auto wide = bytes.at<std::uint64_t>(end - 12);
    directory_end = wide;
    bytes.expect(wide, 0x06064b50u, "the end of a zip64 archive's directory");
    count = bytes.at<std::uint64_t>(wide + 32);
    entry = bytes.at<std::uint64_t>(wide + 48);
  }
  std::vector<ZipRecord> records;
  std::set<std::string> names;
  std::map<std::uint64_t, std::uint64_t> taken;  // where each record ends, by where it begins
  const std::uint64_t directory = entry;
  for (std::uint64_t i = 0; i < count; ++i) {
    bytes.expect(entry, 0x02014b50u, "an entry of a zip archive's directory");
    const auto name_size = bytes.at<std::uint16_t>(entry + 28);
    const auto extra_size = bytes.at<std::uint16_t>(entry + 30);
    const auto comment_size = bytes.at<std::uint16_t>(entry + 32);
    std::uint64_t wide = entry + 46 + name_size + 4;
    const std::uint64_t plain = widened(bytes, bytes.at<std::uint32_t>(entry + 24), wide);
    const std::uint64_t stored = widened(bytes, bytes.at<std::uint32_t>(entry + 20), wide);
    const std::uint64_t local = widened(bytes, bytes.at<std::uint32_t>(entry + 42), wide);
    const auto name = bytes.range(entry + 46, name_size);
    ZipRecord record{{name.begin(), name.end()}, {}};
    check(names.insert(record.name).second, "{}: byte {}: the record {} stands twice", path, entry,
          record.name);
    check((bytes.at<std::uint16_t>(entry + 8) & 1) == 0, "{}: byte {}: the record {} is encrypted",
          path, entry, record.name);
    const auto method = bytes.at<std::uint16_t>(entry + 10);
    check(method == 0 ? plain == stored : method == 8,
          "{}: byte {}: the record {} is compressed in way {}; stored (0) or deflated (8) was "
          "expected",
          path, entry, record.name, method);
    bytes.expect(local, 0x04034b50u, "a record of a zip archive");
    const auto local_name = bytes.range(local + 30, bytes.at<std::uint16_t>(local + 26));
    check(std::string(local_name.begin(), local_name.end()) == record.name,
          "{}: byte {}: the record {} was expected; the file is damaged", path, local, record.name);
    const auto content =
        bytes.range(local + 30 + local_name.size() + bytes.at<std::uint16_t>(local + 28), stored);
    const auto ends = static_cast<std::uint64_t>(content.data() - file.data()) + stored;
    const auto next = taken.lower_bound(local);
    check(ends <= directory && (next == taken.end() || next->first >= ends) &&
              (next == taken.begin() || std::prev(next)->second <= local),
          "{}: byte {}: the record {} overlaps another, or the archive's directory", path, local,
          record.name);
    taken[local] = ends;
    check(method == 0 || plain / most_inflation <= stored,
          "{}: byte {}: the record {} claims {} bytes of {} deflated ones; the file is damaged",
          path, entry, record.name, plain, stored);
    if (method == 0)
      record.bytes.assign(content.begin(), content.end());
    else
      record.bytes = inflated(content, plain);
    check(data::crc32(0, record.bytes.data(), record.bytes.size()) ==
              bytes.at<std::uint32_t>(entry + 16),
          "{}: byte {}: the record {} does not match its CRC-32: the file is damaged", path, local,
          record.name);
    records.push_back(std::move(record));
    entry += 46 + name_size + extra_size + comment_size;
  }
  check(entry == directory_end,
        "{}: byte {}: the directory of {} records does not end where its end is "
        "marked, at byte {}",
        path, entry, count, directory_end);
  return records;
}

}  // namespace cmc::exchange
