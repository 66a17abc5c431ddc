#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>

namespace cmc::data {

/// Reads a .npy file (NumPy's format, versions 1 to 3) of one, two or three dimensions in C order:
/// bool, integers of up to 64 bits or floats, little-endian, as float32. Throws UnreadableError,
/// with the file, for another kind of file, an array of objects, Fortran order, another number of
/// dimensions, a damaged shape, or a file that is cut short; and, with its place in the array, for
/// a number that is infinite as float32. NaN stands for a number that is missing.
cv::Mat read_npy(const std::filesystem::path& path);

}  // namespace cmc::data
