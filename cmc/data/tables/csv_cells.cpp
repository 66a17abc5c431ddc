#include "cmc/data/tables/csv_cells.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmc/data/tables/rows.h"

namespace cmc::data {
namespace {

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

/// Sets what a cell ends with, whose separator or line's end is due at byte `at`.
void end_cell(std::string_view text, std::size_t at, CsvCell& cell) {
  cell.next = std::min(at + 1, text.size());
  if (at == text.size()) {
    cell.ends = CsvCell::Ends::text;
  } else if (is_line_end(text[at])) {
    cell.ends = CsvCell::Ends::line;
    if (text[at] == '\r' && cell.next < text.size() && text[cell.next] == '\n') ++cell.next;
  } else {
    cell.ends = CsvCell::Ends::separator;
  }
}

std::size_t find_end(std::string_view text, std::size_t at, char separator) {
  // Most letters are above both line ends: one comparison tells.
  const char* const end = text.data() + text.size();
  const char* c = text.data() + at;
  while (c < end && *c != separator && (static_cast<unsigned char>(*c) > '\r' || !is_line_end(*c)))
    ++c;
  return static_cast<std::size_t>(c - text.data());
}

}  // namespace

CsvCell csv_cell(std::string_view text, std::size_t at, char separator) {
  CsvCell cell;
  cell.begin = at;
  if (at < text.size() && text[at] == '"') {
    cell.quoted = true;
    cell.begin = ++at;
    for (;;) {
      at = std::min(text.find('"', at), text.size());
      if (at + 1 >= text.size() || text[at + 1] != '"') break;
      cell.doubled = true;
      at += 2;
    }
    cell.end = at;
    if (at == text.size()) {
      cell.open = true;
      cell.next = at;
      return cell;
    }
    const std::size_t end = find_end(text, at + 1, separator);
    cell.stray = text.substr(at + 1, end - at - 1);
    if (trimmed(cell.stray).empty()) cell.stray = {};
    at = end;
  } else {
    at = find_end(text, at, separator);
    cell.end = at;
  }
  end_cell(text, at, cell);
  return cell;
}

std::size_t csv_header(std::string_view text) {
  for (std::size_t line = 0;;) {
    const std::size_t sign = text.find_first_not_of(" \t", line);
    if (sign == text.npos) return text.size();
    if (!is_line_end(text[sign])) return line;
    line = sign + 1;
  }
}

std::optional<RecordGrammar::Place> CsvGrammar::first(std::string_view text, bool whole) {
  Place place{0, 0, 0};
  for (;;) {  // lines of blanks
    const std::size_t end = std::min(text.find_first_not_of(" \t", place.begin), text.size());
    if (end == text.size()) {
      if (!whole) return std::nullopt;
    } else if (!is_line_end(text[end])) {
      break;
    }
    const auto tabs = std::count(text.begin() + static_cast<std::ptrdiff_t>(place.begin),
                                 text.begin() + static_cast<std::ptrdiff_t>(end), '\t');
    if (separator_ == '\t' && tabs > 0 && static_cast<std::size_t>(tabs) + 1 == columns_) break;
    if (end == text.size()) return Place{end, end, end};
    place.begin = end + 1;
  }
  std::size_t cells = 0;
  for (std::size_t at = place.begin;;) {
    const CsvCell cell = csv_cell(text, at, separator_);
    if (cell.open) {
      if (whole) throw Damage(cell.begin - 1, "a quote opens here and is never closed");
      return std::nullopt;
    }
    // At the very end of what is there, more may belong to the cell, or a "\n" to a "\r".
    const bool sees_end = cell.ends != CsvCell::Ends::text &&
                          (cell.next < text.size() || cell.ends == CsvCell::Ends::separator);
    if (!sees_end && !whole) return std::nullopt;
    if (!cell.stray.empty())
      throw Damage(
          cell.end,
          fmt::format("\"{}\" after a closing quote, where {} was expected; a quote in a cell "
                      "is doubled",
                      cell.stray.substr(0, 40), csv_separator_name(separator_)));
    ++cells;
    quoted_ = quoted_ || cell.quoted;
    at = cell.next;
    if (cell.ends == CsvCell::Ends::separator) continue;
    place.end = place.next = at;
    break;
  }
  if (cells != columns_) {
    std::string what = fmt::format("{} cells; the header names {} columns", cells, columns_);
    const std::string_view row = text.substr(place.begin, place.end - place.begin);
    const char blank_quote[] = {separator_, ' ', '"', '\0'};
    if (separator_ != ',')
      what += fmt::format(" (separated by {})", csv_separator_name(separator_));
    if (row.find(blank_quote) != row.npos)
      what += "; a quote after a space is literal: remove the space";
    throw Damage(place.begin, what);
  }
  return place;
}

std::string csv_separator_name(char separator) {
  if (separator == ',') return "a comma";
  if (separator == '\t') return "a tab";
  if (separator == ' ') return "a space";
  return fmt::format("\"{}\"", separator);
}

}  // namespace cmc::data
