#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cmc::files {

/// What was found in a folder and the ones below it.
struct FolderWalk {
  /// The files that were wanted: paths below the folder, sorted.
  std::vector<std::string> files;
  /// How many other files there are, by their ending in small letters (".txt"); "" without one.
  std::map<std::string, std::int64_t> others;
  /// Files and folders that begin with a dot, or that a system leaves behind (__MACOSX, @eaDir).
  std::int64_t hidden = 0;
  /// Links to folders that were walked already, which are not walked again: paths below the folder.
  std::vector<std::string> repeated;

  /// Says what was passed over, a line each; none where nothing was.
  std::vector<std::string> notes() const;
};

/// Whether a file's name ends in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .tif, .tiff, .gif or .bmp,
/// in any case.
bool is_image_name(const std::filesystem::path& path);

/// Walks through a folder for the files whose paths are `wanted`, images unless told otherwise.
/// Links to folders are followed after all others, and no folder is walked twice, so that a link to
/// a folder above ends nowhere else. Throws Error where one can't be read.
FolderWalk walk_folder(
    const std::filesystem::path& root,
    const std::function<bool(const std::filesystem::path&)>& wanted = is_image_name);

/// Whether a folder or one below it holds an image file: walks no further than to the first.
bool holds_images(const std::filesystem::path& root);

}  // namespace cmc::files
