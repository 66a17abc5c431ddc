#pragma once

#include <filesystem>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {

/// Files of pictures of many bands that belong together: all have as many bands, of one type, as
/// the first that is read. Safe to call from several threads.
class BandFiles {
 public:
  /// `names`: those of the files' bands; empty: they have none, and the first file says how many
  /// there are.
  explicit BandFiles(std::vector<std::string> names) : names_(std::move(names)) {}

  /// The values of decode_bands(). Throws what it throws, and UnreadableError where there is no
  /// file, where it has another number of bands than names or than the first file, or numbers of
  /// another type than the first: these would be on another scale.
  cv::Mat read(const std::filesystem::path& path) const;

 private:
  struct First {
    std::string path, type;
    int bands = 0;
  };

  std::vector<std::string> names_;
  mutable std::mutex mutex_;
  mutable First first_;
};

}  // namespace cmc::data
