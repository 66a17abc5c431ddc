#pragma once

#include <string_view>

namespace cmc::data {

/// What sets the cells of a CSV file apart.
struct CsvSeparator {
  char separator = ',';
  /// Another that would do as well; 0: there is none.
  char rival = '\0';
};

/// Finds it among comma, semicolon, tab and bar by the head of a file, whose header line is all
/// there: the one by which the header has two cells or more and each of the first hundred rows as
/// many; of several the one that gives the most. Where there is none such, the one by which the
/// header has the most cells, a comma where it has but one.
CsvSeparator find_csv_separator(std::string_view head, bool whole);

/// The separator of a name: one letter, or "tab". Throws Error for a letter, a digit, a quote or a
/// point, which cells hold.
char csv_separator(std::string_view name);

}  // namespace cmc::data
