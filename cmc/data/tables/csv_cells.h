#pragma once

#include <cstddef>
#include <string_view>

#include "cmc/data/tables/record_file.h"

namespace cmc::data {

/// One cell of a CSV text (RFC 4180). A quote at its very beginning opens a quoted cell, which runs
/// to the next single quote and may hold the separator and line breaks, and a quote as two. A quote
/// anywhere else, behind a blank too, is a letter.
struct CsvCell {
  /// Its text: [begin, end), inside the quotes.
  std::size_t begin = 0, end = 0;
  /// Behind its separator or its line's end ("\n", "\r\n" or "\r").
  std::size_t next = 0;
  /// What it ends with: the end of the text tells nothing of what would stand behind.
  enum class Ends { separator, line, text } ends = Ends::text;
  /// A quote opens and never closes in this text.
  bool open = false;
  /// Quotes stand in it as two.
  bool doubled = false;
  bool quoted = false;
  /// What stands between the closing quote and the next separator, blanks aside, where nothing
  /// should.
  std::string_view stray = {};
};

/// The cell that begins at byte `at` of `text`, `at` ≤ text.size().
CsvCell csv_cell(std::string_view text, std::size_t at, char separator);

/// Where the first line of a text begins that holds more than blanks and tabs; its length where
/// there is none.
std::size_t csv_header(std::string_view text);

/// Rows of `columns` cells each. Lines of blanks and tabs are no rows, unless tabs are separators
/// and there are just as many as a row has.
class CsvGrammar : public RecordGrammar {
 public:
  CsvGrammar(char separator, std::size_t columns) : separator_(separator), columns_(columns) {}

  std::optional<Place> first(std::string_view text, bool whole) override;

  /// Whether a cell of those seen so far was quoted.
  bool quoted() const { return quoted_; }

 private:
  char separator_;
  std::size_t columns_;
  bool quoted_ = false;
};

/// How a message calls a separator: "a comma", "a tab", or itself in quotes.
std::string csv_separator_name(char separator);

}  // namespace cmc::data
