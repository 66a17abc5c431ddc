#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cmc::draft {

/// What a few arrays that are time series have in common.
struct SeriesLook {
  std::int64_t channels = 0, shortest = 0, longest = 0;  ///< time steps
  bool time_first = false;                               ///< [T, C] rather than [C, T]
  bool csv = false;                                      ///< CSV files rather than arrays

  bool one_length() const { return shortest == longest; }
  /// Time steps of a window that holds them all, up to 1024.
  std::int64_t view_length() const;
  /// "6 channels × 80 to 120 steps".
  std::string text() const;
};

/// Looks at up to 50 arrays, or CSV files. Nothing where they are no series: of two dimensions, one
/// of which is the same for all, 2 to 64 channels, while the other differs or is four times as
/// long; CSV files, where they have other channels than the first.
std::optional<SeriesLook> look_at_series(const std::vector<std::filesystem::path>& files);

}  // namespace cmc::draft
