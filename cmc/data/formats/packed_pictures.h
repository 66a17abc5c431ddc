#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/files/file_bytes.h"

namespace cmc::data {

/// A file of `count` pictures; picture i starts at byte first + i · stride.
struct PackedFile {
  files::FileBytes content;
  std::int64_t first = 0;
  std::int64_t stride = 0;
  std::int64_t count = 0;
};

/// Pictures of one size, 8 bits a channel, one plane a channel, packed in files one after the
/// other: what IDX, CIFAR and STL-10 have in common.
struct PackedPictures {
  std::vector<PackedFile> files = {};
  SourceShape shape = {};
  /// Whether a plane runs down its columns first, as EMNIST's and STL-10's do.
  bool column_major = false;
  /// One for each picture, or none at all where they have no labels.
  std::vector<std::int64_t> labels = {};
  std::vector<std::string> classes = {};
};

/// The pictures as a data set. A sample is named "FILE[i]", i its place in the file. Row-major grey
/// samples share the file's memory, so that the data set must outlive them. Throws Error where a
/// label has no class or where pictures and labels differ in number.
std::shared_ptr<const Dataset> make_dataset(PackedPictures pictures);

}  // namespace cmc::data
