#pragma once

#include <cstdint>
#include <filesystem>

#include "cmc/data/splits.h"

namespace cmc::data {

/// Whether a folder or one below it holds an image file.
bool holds_images(const std::filesystem::path& root);

struct ImageFolderOptions {
  /// 3: R, G, B, grey pictures repeated. 1: grey, colour pictures by their luma.
  std::int64_t channels = 3;
};

/// Pictures in a folder, decoded when they are asked for (decode_image). Files that end in .jpg,
/// .jpeg, .png, .webp, .tif or .tiff in any case are samples, in the order of their paths; others
/// and hidden ones are not.
///
/// The class of a picture is the first folder on the way to it, so that ROOT/cat/2019/a.jpg is a
/// cat; pictures that lie in the root itself have no label, and a flat folder has no labels at all.
/// Where the root holds a folder train and besides it only test, val or validation, these are the
/// parts: the test part is the first of the three whose pictures have labels, or else the first of
/// them that is there. Classes are numbered in the order of their names, over both parts.
///
/// A sample's name is its path below the part's folder; it decides which samples are held out where
/// there is no test part. Throws Error where there is no picture or a folder can't be read.
Splits open_image_folder(const std::filesystem::path& root, const ImageFolderOptions& options = {});

}  // namespace cmc::data
