#pragma once

#include <filesystem>
#include <memory>

#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// JSON objects, each a row and each key a column: one a line, or as the elements of one array,
/// which the file's first sign tells. A key that an object leaves out or sets to null is an empty
/// cell. A list under the key t stands for the columns t0, t1, …, an object under the key o for the
/// columns o.KEY. Columns are in the order in which they first appear. NaN, Infinity and -Infinity,
/// which Python writes and JSON doesn't know, are these texts. Gzipped or not, with any line ends.
///
/// Throws Error, with the line, for what is no JSON object and for one nested more than 64 deep;
/// and where the file is one object of whole columns, or an array that never ends.
std::shared_ptr<const Rows> open_json_lines(const std::filesystem::path& path);

}  // namespace cmc::data
