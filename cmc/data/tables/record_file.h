#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/files/text_file.h"

namespace cmc::data {

/// How a text falls into records: what CSV, JSON lines and a JSON array differ in.
class RecordGrammar {
 public:
  virtual ~RecordGrammar() = default;

  /// Where a record stands in a text, and where to look for the next.
  struct Place {
    std::size_t begin, end, next;
  };
  /// What is wrong at a byte of a text.
  struct Damage : std::runtime_error {
    Damage(std::size_t byte, const std::string& what) : std::runtime_error(what), at(byte) {}
    std::size_t at;
  };

  /// The first record of `text`; blank lines before it are passed over. Nothing where it may go on
  /// behind the text; but where the text is `whole`, nothing stands behind it, and a place without
  /// bytes says that no record is left. Throws Damage.
  virtual std::optional<Place> first(std::string_view text, bool whole) = 0;
};

/// A text file of records, read by number, as UTF-8. Eight bytes a record stay in memory; the text
/// is read when asked for. Safe to call from several threads.
class RecordFile {
 public:
  /// Finds where the records begin, in one pass from byte `begin` on. A text that is no UTF-8 is
  /// taken for Windows-1252 where none of its letters is UTF-8, and a note says so. Throws Error,
  /// with the line, where the grammar finds damage, a letter is neither, a byte is zero, or a
  /// record is larger than 64 MiB.
  RecordFile(const files::TextFile& text, std::uint64_t begin, RecordGrammar& grammar);

  std::int64_t size() const { return static_cast<std::int64_t>(starts_.size()); }

  /// Record `index`, with what stands behind it before the next one: its line's end, blank lines.
  void read(std::int64_t index, std::string& text) const;
  /// Calls visit(index, text) for every record from `first` on, in order, with the text as read()
  /// has it, which the visitor may change.
  void each(std::int64_t first, const std::function<void(std::int64_t, std::string&)>& visit) const;
  /// The line, from 1, that record `index` begins in. Reads the file up to there.
  std::int64_t line(std::int64_t index) const;

  const std::vector<std::string>& notes() const { return notes_; }
  /// As Rows::not_utf8() has it.
  const std::string& not_utf8() const { return not_utf8_; }

 private:
  void find_records(std::uint64_t begin, RecordGrammar& grammar);
  void find_encoding(std::int64_t first_invalid, bool has_utf8);
  std::uint64_t end_of(std::int64_t index) const;

  const files::TextFile& text_;
  std::deque<std::uint64_t> starts_;  // a deque: growing needs no second copy
  bool windows_1252_ = false;
  std::string not_utf8_;
  std::vector<std::string> notes_;
};

}  // namespace cmc::data
