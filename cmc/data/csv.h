#pragma once

#include <filesystem>
#include <memory>

#include "cmc/data/rows.h"

namespace cmc::data {

/// A CSV file (RFC 4180): a header line that names the columns, then one row a line; cells apart by
/// commas (a file that ends in .tsv: by tabs), in double quotes where they hold a comma, a quote
/// (as two) or a line break; in UTF-8. A byte order mark, Windows line ends and empty lines are
/// taken. Throws Error, with the line, where a row has another number of cells than the header, is
/// no UTF-8, or text other than spaces stands between a closing quote and the next comma.
std::shared_ptr<const Rows> open_csv(const std::filesystem::path& path);

}  // namespace cmc::data
