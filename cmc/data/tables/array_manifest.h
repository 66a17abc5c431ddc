#pragma once

#include <filesystem>
#include <memory>

#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// The rows of a .npy file, or of the largest array of a .npz file: its first dimension counts
/// them. Columns are the .npz's arrays of as many rows and one number in each, such as labels; a
/// NaN is an empty cell. What has more numbers a row is for a view of the kind array, whose file is
/// the same. Throws Error for what NpyArray refuses of the largest array.
std::shared_ptr<const Rows> open_array_manifest(const std::filesystem::path& path);

/// Whether a name is that of such a file, by its ending.
bool is_array_manifest(const std::filesystem::path& path);

}  // namespace cmc::data
