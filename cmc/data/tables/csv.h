#pragma once

#include <filesystem>
#include <memory>

#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// A CSV file (RFC 4180): a header line that names the columns, then one row a line. Cells are
/// apart by a comma, or by what `options` says, or else by what the first rows tell
/// (csv_separator.h): a note says so where it is no comma, nor a tab in a file that ends in .tsv. A
/// first line "sep=;", as Excel takes it, names it too. What a cell is, and which lines are no
/// rows, is in csv_cells.h. Gzipped or not, in UTF-8, UTF-16 or Windows-1252 (text_file.h,
/// record_file.h), with any line ends.
///
/// Throws Error, with the line, where a row has another number of cells than the header, or text
/// other than blanks stands between a closing quote and the next separator; and where two
/// separators would do as well.
std::shared_ptr<const Rows> open_csv(const std::filesystem::path& path,
                                     const RowsOptions& options = {});

}  // namespace cmc::data
