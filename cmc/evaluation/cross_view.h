#pragma once

#include <string>
#include <vector>

#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/features.h"

namespace cmc::evaluation {

/// A row for every ordered pair of views, over the samples that have both; pairs without two such
/// samples are left out. `features` holds embeddings; `views` are their names.
std::vector<RetrievalRow> retrieve_across_views(const Features& features,
                                                const std::vector<std::string>& views);

}  // namespace cmc::evaluation
