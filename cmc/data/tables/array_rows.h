#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <string>

namespace cmc::data {

/// Values that are the rows of arrays, one .npy or .npz file (npz_array) for many of them. Files
/// are mapped, so that they may be larger than memory, and up to 64 stay open; what is compressed
/// is inflated as a whole, and up to 1 GiB of it is kept besides the last. Safe to call from
/// several threads.
class ArrayRows {
 public:
  /// `entry`: the array's name in a .npz file; empty where each has one alone.
  explicit ArrayRows(std::string entry);
  ~ArrayRows();

  /// How many rows a file has. Throws what NpyArray and npz_array throw, and UnreadableError where
  /// there is no such file.
  std::int64_t count(const std::filesystem::path& path) const;

  /// NpyArray::read_row of a file.
  cv::Mat read(const std::filesystem::path& path, std::int64_t row) const;

 private:
  class Mapped;

  std::shared_ptr<const Mapped> open(const std::filesystem::path& path) const;

  std::string entry_;
  mutable std::mutex mutex_;
  mutable std::list<std::shared_ptr<const Mapped>> open_;  // the last one asked for first
};

}  // namespace cmc::data
