#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>

#include "cmc/data/source_options.h"
#include "cmc/error.h"

namespace cmc::data {

/// Reads the file of one value as its source's kind has it (SourceKind): a picture, distances, a
/// sound, an array. Throws UnreadableError where the file is missing, of another kind or damaged;
/// Error for a table, whose rows have no file of their own.
cv::Mat read_value(const std::filesystem::path& path, const SourceOptions& options);

}  // namespace cmc::data
