#pragma once

#include <filesystem>

#include "cmc/data/splits.h"

namespace cmc::data {

/// Whether a folder holds STL-10's binary files: train_X.bin.
bool holds_stl10(const std::filesystem::path& root);

struct Stl10Options {
  /// Whether the training part goes on with unlabeled_X.bin (100,000 pictures without a label),
  /// where that file is there.
  bool unlabelled = true;
};

/// STL-10 in its binary format (Coates, Lee and Ng, 2011): train_X.bin, test_X.bin and
/// unlabeled_X.bin are pictures of 3 × 96 × 96 values, planes R, G, B, each column by column;
/// train_y.bin and test_y.bin are their labels, 1 to 10, read as 0 to 9; class_names.txt names the
/// classes. Files are mapped. Throws Error, naming the byte, where a picture is cut, a label is out
/// of range, or pictures and labels differ in number.
Splits open_stl10(const std::filesystem::path& root, const Stl10Options& options = {});

}  // namespace cmc::data
