#pragma once

#include <span>
#include <string>
#include <vector>

namespace cmc::data {

/// Which folders of a folder of pictures are its parts.
struct PartFolders {
  /// Paths below the root, "" for the root itself: the folders whose own folders are the classes.
  std::string train;
  /// Those that may be held out, in the order of preference: test before validation.
  std::vector<std::string> held_out = {};
  /// What a person should know.
  std::vector<std::string> notes = {};
};

/// Finds the parts among the paths of all pictures below a root, which are sorted.
///
/// A part has a usual name, in any case: train or training; val, valid, validation or dev; test or
/// testing; perhaps with digits, "set", "images" and the like (train2017, test_set), or with words
/// that all parts share (seg_train, seg_test). Only folders with pictures count. Where there is a
/// training part, every folder beside it must be a part too.
/// Without a training part the root is one, and its folders are the classes, whatever their names.
///
/// A folder above all of these ("dataset/train", "Images/cat") is stepped into, and within a part
/// one that names the part again or says "images" ("train/train/cat", "val/images"), where all
/// pictures lie in it.
///
/// Throws Error, with `root`, the folders found and what would be right, where a folder can't be
/// placed, there is more than one training part, parts lie below the classes ("cat/train"), or a
/// folder of all images lies beside another with pictures ("images", "masks").
PartFolders find_parts(const std::string& root, std::span<const std::string> pictures);

/// Whether a folder's name is that of a training part.
bool is_training_folder(const std::string& name);

}  // namespace cmc::data
