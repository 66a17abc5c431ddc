#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "cmc/data/splits.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/views/visible_transform.h"

namespace cmc::runs {

/// The few pictures that a report shows are drawn where the data is at hand and kept in the run's
/// folder, so that the report needs no data.

/// What the views of 8 samples look like, of the test part or else the training part: the bytes of
/// one PNG; empty where one of the samples can't be read.
std::string draw_views(const data::Splits& data, const views::VisibleTransform& transform);

/// Samples by their rows (data::Dataset::row), as a view sees them: the bytes of PNGs.
using NeighbourPictures = std::map<std::pair<std::int64_t, std::string>, std::string>;

/// The samples that an evaluation's neighbours name, each in the views that it is seen in.
NeighbourPictures draw_neighbours(const evaluation::Evaluation& evaluation,
                                  const data::Splits& data,
                                  const views::VisibleTransform& transform);

}  // namespace cmc::runs
