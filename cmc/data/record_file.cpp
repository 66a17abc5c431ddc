#include "cmc/data/record_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr std::size_t block = std::size_t{1} << 20;

std::string_view without_break(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

RecordFile::RecordFile(const std::filesystem::path& path, bool quoted) : path_(path.string()) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor_ >= 0, "{}: can't be opened: {}", path_, std::strerror(errno));
  struct stat status {};
  ::fstat(descriptor_, &status);
  file_size_ = static_cast<std::uint64_t>(status.st_size);

  std::vector<char> buffer(block);
  std::uint64_t start = 0, quote = 0;
  bool inside = false, blank = true;
  for (std::uint64_t offset = 0; offset < file_size_;) {
    const std::size_t count = read_at(offset, buffer.data(), buffer.size());
    for (std::size_t i = 0; i < count; ++i) {
      const char c = buffer[i];
      if (c == '\n' && !inside) {
        if (!blank) starts_.push_back(start);
        start = offset + i + 1;
        blank = true;
        continue;
      }
      if (c == '"' && quoted) {
        inside = !inside;
        quote = offset + i;
      }
      blank = blank && (c == ' ' || c == '\r');  // a tab may be a delimiter between empty cells
    }
    offset += count;
  }
  check(!inside, "{}, line {}: a quote begins here and never ends", path_,
        inside ? line_at(quote) : 0);
  if (!blank) starts_.push_back(start);
}

RecordFile::~RecordFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t RecordFile::read_at(std::uint64_t offset, char* buffer, std::size_t size) const {
  for (;;) {
    const ssize_t n = ::pread(descriptor_, buffer, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    check(n > 0, "{}: byte {}: can't be read: {}", path_, offset,
          n < 0 ? std::strerror(errno) : "the file was cut while it was read");
    return static_cast<std::size_t>(n);
  }
}

std::uint64_t RecordFile::end_of(std::int64_t index) const {
  const auto next = static_cast<std::size_t>(index) + 1;
  return next < starts_.size() ? starts_[next] : file_size_;
}

void RecordFile::read(std::int64_t index, std::string& text) const {
  const std::uint64_t start = starts_[static_cast<std::size_t>(index)];
  text.resize(end_of(index) - start);
  for (std::size_t done = 0; done < text.size();)
    done += read_at(start + done, text.data() + done, text.size() - done);
  text.resize(without_break(text).size());
}

void RecordFile::each(std::int64_t first,
                      const std::function<void(std::int64_t, std::string_view)>& visit) const {
  std::vector<char> buffer;
  for (std::int64_t index = first; index < size();) {
    // As many whole records as fit into a block, at least one.
    const std::uint64_t start = starts_[static_cast<std::size_t>(index)];
    const auto past = std::upper_bound(starts_.begin() + index + 1, starts_.end(), start + block);
    const std::int64_t end = std::max<std::int64_t>(index + 1, past - starts_.begin() - 1);
    const std::uint64_t stop = end_of(end - 1);
    buffer.resize(stop - start);
    for (std::size_t done = 0; done < buffer.size();)
      done += read_at(start + done, buffer.data() + done, buffer.size() - done);
    for (; index < end; ++index) {
      const std::uint64_t from = starts_[static_cast<std::size_t>(index)];
      visit(index, without_break({buffer.data() + (from - start), end_of(index) - from}));
    }
  }
}

std::int64_t RecordFile::line_at(std::uint64_t offset) const {
  std::vector<char> buffer(block);
  std::int64_t lines = 1;
  for (std::uint64_t done = 0; done < offset;) {
    const std::size_t want =
        static_cast<std::size_t>(std::min<std::uint64_t>(block, offset - done));
    const std::size_t count = read_at(done, buffer.data(), want);
    lines += std::count(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count), '\n');
    done += count;
  }
  return lines;
}

std::int64_t RecordFile::line(std::int64_t index) const {
  return line_at(starts_[static_cast<std::size_t>(index)]);
}

}  // namespace cmc::data
