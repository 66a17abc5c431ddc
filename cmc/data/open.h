#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/splits.h"
#include "cmc/data/tables/manifest.h"

namespace cmc::data {

/// Where a data set lies and how it is read.
struct DataOptions {
  /// "idx", "cifar10", "cifar100", "stl10" or "folder" (of images); empty: recognised from the
  /// folder's content.
  std::string format = {};
  /// The folder that holds the files, or the one in which the data set's archive was unpacked.
  std::string root = {};
  /// IDX: what stands before "train-images" in the files' names, such as "emnist-letters-".
  std::string prefix = {};
  /// IDX: pictures are stored column by column (known of files named emnist-*).
  bool transposed = false;
  /// CIFAR-100: the 20 coarse classes instead of the 100 fine ones.
  bool coarse_labels = false;
  /// STL-10: the training part goes on with the pictures that have no label.
  bool unlabelled = true;
  /// Folder: 3 (R, G, B) or 1 (grey).
  std::int64_t channels = 3;
  /// The fraction of samples that is held out as the test part, chosen by a hash of their names,
  /// where the data set has no test part of its own. 0 ≤ held_out < 1.
  double held_out = 0.1;
  /// Names of the classes, in the order of the labels, in place of those that the files give.
  std::vector<std::string> classes = {};
  /// Where `manifest.manifest` names one, it is the data set; its `held_out` gives way to the one
  /// above.
  ManifestOptions manifest = {};
};

/// Opens a data set. Both parts are there, the test part perhaps without samples. Throws Error
/// where the folder is missing, holds no known format, or its files are damaged.
Splits open(const DataOptions& options);

}  // namespace cmc::data
