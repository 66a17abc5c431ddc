#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cmc/data/labels.h"
#include "cmc/data/tables/rows.h"
#include "cmc/data/tables/table_join.h"

namespace cmc::data {

/// Those of a table's `columns` that repeat the labels of the manifest's rows, cell for cell, as
/// far as a thousand rows tell, at even distances: many a manifest is sorted by class. None where
/// these rows have one label alone.
std::vector<std::size_t> leaking_columns(const Rows& manifest, std::size_t label_column,
                                         const Labels& labels, const Rows& table,
                                         const TableJoin& join, std::vector<std::size_t> columns);

}  // namespace cmc::data
