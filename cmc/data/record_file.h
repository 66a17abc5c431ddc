#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace cmc::data {

/// A text file of records, one a line, read by number: what CSV and JSON lines have in common.
/// Eight bytes a record stay in memory; the text is read when asked for. Empty lines, and those
/// of spaces, are no records. Safe to call from several threads.
class RecordFile {
 public:
  /// Finds where the records begin, in one pass. With `quoted`, a line break between double quotes
  /// does not end a record (CSV). Throws Error where the file can't be read, and names the line of
  /// a quote that doesn't end.
  RecordFile(const std::filesystem::path& path, bool quoted);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  const std::string& path() const { return path_; }
  std::int64_t size() const { return static_cast<std::int64_t>(starts_.size()); }

  /// Record `index`, without its line break.
  void read(std::int64_t index, std::string& text) const;
  /// Calls visit(index, text) for every record from `first` on, in order.
  void each(std::int64_t first,
            const std::function<void(std::int64_t, std::string_view)>& visit) const;
  /// The line, from 1, that record `index` begins in. Reads the file up to there.
  std::int64_t line(std::int64_t index) const;

 private:
  std::uint64_t end_of(std::int64_t index) const;
  std::size_t read_at(std::uint64_t offset, char* buffer, std::size_t size) const;
  std::int64_t line_at(std::uint64_t offset) const;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t file_size_ = 0;
  std::deque<std::uint64_t> starts_;  // a deque: growing needs no second copy
};

}  // namespace cmc::data
