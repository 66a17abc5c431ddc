#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/splits.h"
#include "cmc/files/file_bytes.h"

namespace cmc::data {

/// An IDX file of unsigned bytes (LeCun's format of MNIST): the bytes 0, 0, 8 and the number of
/// dimensions, each dimension as a big-endian 32-bit number, then the values, the last dimension
/// running fastest.
struct IdxFile {
  files::FileBytes content;
  std::vector<std::int64_t> dimensions;
  /// Where the values start: 4 + 4 · dimensions.
  std::int64_t first = 0;

  std::span<const std::uint8_t> values() const { return content.bytes.subspan(first); }
};

/// Reads an IDX file of `dimensions` dimensions: a plain one is mapped, one whose name ends in .gz
/// is inflated into memory. Throws Error, naming the byte, where the type, the number of dimensions
/// or the size differ from what is expected.
IdxFile read_idx(const std::filesystem::path& path, int dimensions);

struct IdxOptions {
  /// What stands before "train-images" in the files' names, such as "emnist-letters-": needed only
  /// where the folder holds several sets.
  std::string prefix = {};
  /// Pictures are stored column by column. Files named emnist-* are always read so.
  bool transposed = false;
};

/// Whether a folder holds IDX files under their usual names.
bool holds_idx(const std::filesystem::path& root);

/// MNIST, Fashion-MNIST, KMNIST and EMNIST: PREFIXtrain-images-idx3-ubyte and
/// PREFIXtrain-labels-idx1-ubyte, the test part with t10k or test in train's place, each plain or
/// with .gz; "-idx" may be ".idx". Without a file of labels the pictures have none. EMNIST's
/// PREFIXmapping.txt gives the classes their names; else a class is named by its number. Throws
/// Error where files are missing, damaged or ambiguous.
Splits open_idx(const std::filesystem::path& root, const IdxOptions& options = {});

}  // namespace cmc::data
