#pragma once

#include <filesystem>
#include <memory>

#include "cmc/data/decode/checked_files.h"
#include "cmc/data/excerpt.h"

namespace cmc::data {

/// Picture files, of which no more is decoded than is asked for. Safe to call from several threads.
class PictureFiles {
 public:
  /// `channels`: 1 (grey) or 3 (R, G, B).
  explicit PictureFiles(int channels) : channels_(channels) {}

  /// decode_cutout() of a file's bytes. A JPEG's compressed data are read to their end the first
  /// time, so that a damaged file is refused whichever part is asked for; from then on as far as
  /// that part reaches. Throws what decode_image() throws, for the same files, and UnreadableError
  /// where there is no file.
  Excerpt read(const std::filesystem::path& path, const ChooseCutout& choose) const;

 private:
  int channels_;
  std::unique_ptr<CheckedFiles> checked_ = std::make_unique<CheckedFiles>();
};

}  // namespace cmc::data
