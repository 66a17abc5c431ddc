#pragma once

#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/views/sources/source_views.h"

namespace cmc::views {

/// A line for each numeric column of a table, and each channel of an array, of whose different
/// numbers more than 1 % become equal when they are standardised and narrowed to float32: an
/// encoder can't distinguish them. So it is where most lie close together and a few far away.
/// Judged on up to 2¹⁸ numbers of each column of the training part, at even distances.
std::vector<std::string> unresolved(const std::vector<SourceView>& views,
                                    const data::Dataset& train, const Standardizations& known);

}  // namespace cmc::views
