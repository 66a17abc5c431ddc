#include "cmc/data/tables/csv_separator.h"

#include <cctype>
#include <limits>
#include <optional>

#include "cmc/data/tables/csv_cells.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr int rows_tried = 100;

struct Trial {
  std::size_t columns = 1;
  bool fits = false;
};

Trial try_separator(std::string_view head, bool whole, char separator) {
  Trial trial{.columns = 0, .fits = false};
  std::size_t at = csv_header(head);
  for (bool ends = false; !ends;) {
    const CsvCell cell = csv_cell(head, at, separator);
    ++trial.columns;
    if (cell.open || !cell.stray.empty()) return trial;
    at = cell.next;
    ends = cell.ends != CsvCell::Ends::separator;
  }
  CsvGrammar grammar(separator, trial.columns);
  try {
    for (int row = 0; row < rows_tried; ++row) {
      const auto place = grammar.first(head.substr(at), whole);
      if (!place || place->begin == place->end) break;
      at += place->next;
    }
  } catch (const RecordGrammar::Damage&) {
    return trial;
  }
  trial.fits = trial.columns > 1;
  return trial;
}

}  // namespace

CsvSeparator find_csv_separator(std::string_view head, bool whole) {
  CsvSeparator found;
  Trial best;
  for (const char separator : {',', ';', '\t', '|'}) {
    const Trial trial = try_separator(head, whole, separator);
    if (trial.fits && best.fits && trial.columns == best.columns) found.rival = separator;
    const bool better = trial.fits != best.fits ? trial.fits : trial.columns > best.columns;
    if (better) {
      best = trial;
      found = {separator, '\0'};
    }
  }
  return found;
}

char csv_separator(std::string_view name) {
  if (name == "tab" || name == "\\t") return '\t';
  const bool is_letter = name.size() == 1 && std::isalnum(static_cast<unsigned char>(name[0])) == 0;
  check(is_letter && std::string_view("\"'.\r\n+-_").find(name[0]) == std::string_view::npos &&
            static_cast<signed char>(name[0]) > 0,
        "data.separator = \"{}\": one character that occurs in no cell was expected, such as "
        "\";\", \"|\" or \"tab\"",
        name);
  return name[0];
}

}  // namespace cmc::data
