#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "cmc/data/splits.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/views/visible_transform.h"

namespace cmc::report {

/// The few pictures that a report shows are drawn where the data is at hand and kept in the run's
/// folder, so that the report needs no data.

/// Draws what the views of 8 samples look like, of the test part or else the training part, as
/// report-views.png. Nothing is drawn where one of them can't be read.
void keep_views(const std::filesystem::path& run, const data::Splits& data,
                const views::VisibleTransform& transform);

/// Draws the samples that an evaluation's neighbours name, each in the views that it is seen in, as
/// report-neighbours.safetensors: the bytes of a PNG for each "ROW VIEW".
void keep_neighbours(const std::filesystem::path& run, const evaluation::Evaluation& evaluation,
                     const data::Splits& data, const views::VisibleTransform& transform);

/// The bytes of what keep_views drew; empty where it did not.
std::string kept_views(const std::filesystem::path& run);

/// What keep_neighbours drew: the PNG of a sample's row as a view sees it, empty where it has none.
/// Throws Error where the file is damaged.
std::function<std::string(std::int64_t row, const std::string& view)> kept_neighbours(
    const std::filesystem::path& run);

}  // namespace cmc::report
