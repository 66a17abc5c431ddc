#pragma once

#include <filesystem>
#include <memory>

#include "cmc/data/rows.h"

namespace cmc::data {

/// JSON lines: one object a line, each key a column. A key that a line leaves out or sets to null
/// is an empty cell. A list under the key t stands for the columns t0, t1, …, an object under the
/// key o for the columns o.KEY. Columns are in the order in which they first appear. Throws Error,
/// with the line, for a line that is no JSON object.
std::shared_ptr<const Rows> open_json_lines(const std::filesystem::path& path);

}  // namespace cmc::data
