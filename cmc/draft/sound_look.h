#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cmc::draft {

/// What recordings are like, by some of them.
struct SoundLook {
  std::int64_t seen = 0, unreadable = 0;
  std::string unreadable_example = {};
  std::int64_t rate = 0;  ///< samples a second, the most frequent
  double median_seconds = 0;
  double long_seconds = 0;  ///< nine of ten are no longer

  /// The rate of a view of them: theirs, at most 16,000.
  std::int64_t view_rate() const;
  /// The seconds of a view: nearly all of most recordings, at most 3.
  double view_seconds() const;
  /// "at 8000 Hz, half of them longer than 0.4 s".
  std::string text() const;
};

/// Looks at up to 32 of the files, evenly spread. Throws Error where none can be read.
SoundLook look_at_sounds(const std::vector<std::filesystem::path>& files);

}  // namespace cmc::draft
