#pragma once

#include <cstdint>
#include <string>

namespace cmc::files {

/// The header of a NumPy file (format 1.0) of float32 rows, little-endian, in C order: 128 bytes
/// for any number of rows, so that it can be written when they are known.
std::string npy_header(std::int64_t rows, std::int64_t columns);

}  // namespace cmc::files
