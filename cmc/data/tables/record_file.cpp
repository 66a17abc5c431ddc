#include "cmc/data/tables/record_file.h"

#include <algorithm>

#include "cmc/error.h"
#include "cmc/files/utf8.h"

namespace cmc::data {
namespace {

constexpr std::size_t record_block = std::size_t{1} << 20;
constexpr std::size_t most_of_record = std::size_t{64} << 20;

/// The word of a text that holds its first byte above 127, for a message.
std::string foreign_word(const std::string& text) {
  const auto letter = static_cast<std::size_t>(
      std::ranges::find_if(text, [](char c) { return static_cast<signed char>(c) < 0; }) -
      text.begin());
  constexpr std::string_view stops = " \t\r\n,;|\"";
  const std::size_t before = text.find_last_of(stops, letter);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, std::min<std::size_t>(text.find_first_of(stops, letter) - begin, 40));
}

}  // namespace

RecordFile::RecordFile(const files::TextFile& text, std::uint64_t begin, RecordGrammar& grammar)
    : text_(text) {
  find_records(begin, grammar);
}

void RecordFile::find_records(std::uint64_t begin, RecordGrammar& grammar) {
  std::string buffer;
  std::uint64_t base = begin;  // of the buffer in the file
  std::size_t at = 0;
  std::int64_t first_invalid = -1;
  bool has_utf8 = false;
  for (;;) {
    const bool whole = base + buffer.size() == text_.end();
    const std::string_view left = std::string_view(buffer).substr(at);
    std::optional<RecordGrammar::Place> place;
    try {
      place = grammar.first(left, whole);
    } catch (const RecordGrammar::Damage& damage) {
      fail("{}, line {}: {}", text_.path(), text_.line(base + at + damage.at), damage.what());
    }
    if (!place) {
      if (left.size() >= most_of_record)
        fail("{}, line {}: a row of more than {} MiB begins here; is a quote never closed?",
             text_.path(), text_.line(base + at), most_of_record >> 20);
      buffer.erase(0, at);
      base += at;
      at = 0;
      // Twice as much as before, so that a large record isn't looked through again and again.
      const std::size_t kept = buffer.size();
      const std::size_t more = static_cast<std::size_t>(
          std::min<std::uint64_t>(std::max(record_block, kept), text_.end() - base - kept));
      buffer.resize(kept + more);
      text_.read_all(base + kept, buffer.data() + kept, more);
      if (const std::size_t zero = buffer.find('\0', kept); zero != std::string::npos)
        fail("{}: byte {} is zero: not a text file; a table as text (CSV, JSON lines) was expected",
             text_.path(), base + zero);
      continue;
    }
    if (place->end == place->begin) break;
    const std::string_view record = left.substr(place->begin, place->end - place->begin);
    if (!files::is_ascii(record)) {
      if (files::is_utf8(record)) {
        has_utf8 = true;
      } else if (first_invalid < 0) {
        first_invalid = size();
      }
    }
    starts_.push_back(base + at + place->begin);
    at += place->next;
  }
  if (first_invalid >= 0) find_encoding(first_invalid, has_utf8);
}

void RecordFile::find_encoding(std::int64_t first_invalid, bool has_utf8) {
  const auto where = [&](std::int64_t index) {
    const std::uint64_t start = starts_[static_cast<std::size_t>(index)];
    std::string record(end_of(index) - start, '\0');
    text_.read_all(start, record.data(), record.size());
    const std::uint64_t byte = start + files::utf8_end(record);
    return fmt::format("{}, line {}, byte {}", text_.path(), text_.line(byte), byte);
  };
  const auto refuse = [&](std::int64_t index) {
    fail("{}: a character that is not UTF-8; save the file in UTF-8", where(index));
  };
  if (has_utf8) refuse(first_invalid);
  each(first_invalid, [&](std::int64_t index, std::string& text) {
    if (!files::windows_1252_to_utf8(text)) refuse(index);
  });
  not_utf8_ = where(first_invalid);
  windows_1252_ = true;
  std::string text;
  read(first_invalid, text);
  notes_.push_back(fmt::format(
      "{}: is not in UTF-8, and read as Windows-1252 (Latin-1), such as \"{}\" in line {}; where "
      "that is wrong, save the file in UTF-8",
      text_.path(), foreign_word(text), line(first_invalid)));
}

std::uint64_t RecordFile::end_of(std::int64_t index) const {
  const auto next = static_cast<std::size_t>(index) + 1;
  return next < starts_.size() ? starts_[next] : text_.end();
}

void RecordFile::read(std::int64_t index, std::string& text) const {
  const std::uint64_t start = starts_[static_cast<std::size_t>(index)];
  text.resize(end_of(index) - start);
  text_.read_all(start, text.data(), text.size());
  if (windows_1252_) files::windows_1252_to_utf8(text);
}

void RecordFile::each(std::int64_t first,
                      const std::function<void(std::int64_t, std::string&)>& visit) const {
  std::vector<char> buffer;
  std::string text;
  for (std::int64_t index = first; index < size();) {
    // As many whole records as fit into a block, at least one.
    const std::uint64_t start = starts_[static_cast<std::size_t>(index)];
    const auto past =
        std::upper_bound(starts_.begin() + index + 1, starts_.end(), start + record_block);
    const std::int64_t end = std::max<std::int64_t>(index + 1, past - starts_.begin() - 1);
    const std::uint64_t stop = end_of(end - 1);
    buffer.resize(stop - start);
    text_.read_all(start, buffer.data(), buffer.size());
    for (; index < end; ++index) {
      const std::uint64_t from = starts_[static_cast<std::size_t>(index)];
      text.assign(buffer.data() + (from - start), end_of(index) - from);
      if (windows_1252_) files::windows_1252_to_utf8(text);
      visit(index, text);
    }
  }
}

std::int64_t RecordFile::line(std::int64_t index) const {
  return text_.line(starts_[static_cast<std::size_t>(index)]);
}

}  // namespace cmc::data
