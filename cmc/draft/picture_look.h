#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace cmc::draft {

/// What pictures are like, by some of them.
struct PictureLook {
  std::int64_t seen = 0, unreadable = 0;
  std::string unreadable_example = {};
  std::int64_t least_height = 0, greatest_height = 0, least_width = 0, greatest_width = 0;
  bool colored = false;  ///< some have channels that differ

  /// The side of the square that a view of them is made from; 0: they have one size, small enough.
  std::int64_t size() const;
  /// The side that an encoder sees.
  std::int64_t side() const;
  /// "of 28 × 28, grey", "of 321 × 321 to 481 × 481, in colour" (height × width).
  std::string text() const;
};

/// Looks at up to 24 of `count` pictures, evenly spread; `read` gives one, 8 or 16 bits, 1 or 3
/// channels, and throws UnreadableError where it can't be read. Throws Error where none can.
PictureLook look_at_pictures(std::int64_t count, const std::function<cv::Mat(std::int64_t)>& read);

/// Reads a picture's file as R, G, B.
cv::Mat read_picture(const std::filesystem::path& file);

/// Places of up to `most` of `count` things, evenly spread.
std::vector<std::int64_t> spread(std::int64_t count, std::int64_t most);

}  // namespace cmc::draft
