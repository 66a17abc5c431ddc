#pragma once

#include <cstdint>
#include <filesystem>

#include "cmc/data/splits.h"

namespace cmc::data {

struct ImageFolderOptions {
  /// 3: R, G, B, grey pictures repeated. 1: grey, colour pictures by their luma.
  std::int64_t channels = 3;
};

/// Pictures in a folder, decoded when they are asked for (decode_image): the image files of
/// walk_folder, in the order of their paths. What is passed over is told in Splits::notes.
///
/// The class of a picture is the first folder on the way to it, so that ROOT/cat/2019/a.jpg is a
/// cat; pictures that lie in the root itself have no label, and a flat folder has no labels at all.
/// Where the root holds parts (find_parts), the classes are the folders below them, numbered in the
/// order of their names over both parts. Pictures of a held-out part without folders have the
/// classes that its file NAME_annotations.txt gives them, a line a picture: its name, a tab, its
/// class (Tiny ImageNet).
///
/// A sample's name is its path below the part's folder; it decides which samples are held out where
/// there is no test part. Throws Error where there is no picture, a folder can't be read or placed.
Splits open_image_folder(const std::filesystem::path& root, const ImageFolderOptions& options = {});

}  // namespace cmc::data
