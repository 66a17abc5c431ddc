#include "cmc/data/decode/exif.h"

#include <algorithm>
#include <initializer_list>
#include <opencv2/core.hpp>

namespace cmc::data {
namespace {

/// Numbers of a TIFF structure in its byte order; 0 past its end.
class TiffNumbers {
 public:
  explicit TiffNumbers(std::span<const std::uint8_t> block)
      : block_(block), big_endian_(!block.empty() && block[0] == 'M') {}

  std::uint32_t at(std::size_t offset, int size) const {
    if (offset > block_.size() || block_.size() - offset < static_cast<std::size_t>(size)) return 0;
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i) {
      value =
          value << 8 | block_[offset + static_cast<std::size_t>(big_endian_ ? i : size - 1 - i)];
    }
    return value;
  }

 private:
  std::span<const std::uint8_t> block_;
  bool big_endian_;
};

/// Whether the stored rows are the upright picture's columns.
bool is_turned(int orientation) {
  return orientation >= 5;
}

/// Mirrors a window of the stored picture as the orientation says.
cv::Rect mirrored(cv::Rect window, cv::Size stored, int orientation) {
  const auto is = [&](std::initializer_list<int> those) {
    return std::ranges::count(those, orientation) > 0;
  };
  if (is({2, 3, 7, 8})) window.x = stored.width - window.x - window.width;
  if (is({3, 4, 6, 7})) window.y = stored.height - window.y - window.height;
  return window;
}

cv::Rect transposed(const cv::Rect& window) {
  return {window.y, window.x, window.height, window.width};
}

}  // namespace

int exif_orientation(std::span<const std::uint8_t> block) {
  constexpr std::uint32_t orientation = 0x0112, tiff = 42;
  const TiffNumbers numbers(block);
  if (numbers.at(2, 2) != tiff) return 1;
  const std::size_t directory = numbers.at(4, 4);
  const std::uint32_t entries = numbers.at(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * std::size_t{i};
    if (entry >= block.size()) return 1;
    if (numbers.at(entry, 2) != orientation) continue;
    // A number that is shorter than its field stands at the field's beginning.
    constexpr std::uint32_t byte = 1, half = 3, whole = 4;
    const std::uint32_t type = numbers.at(entry + 2, 2);
    const int size = type == byte ? 1 : type == half ? 2 : type == whole ? 4 : 0;
    const std::uint32_t value = numbers.at(entry + 8, size);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

cv::Mat upright(const cv::Mat& image, int orientation) {
  constexpr int both = -1, vertically = 0, horizontally = 1;
  cv::Mat turned;
  switch (orientation) {
    case 2:
      cv::flip(image, turned, horizontally);
      return turned;
    case 3:
      cv::flip(image, turned, both);
      return turned;
    case 4:
      cv::flip(image, turned, vertically);
      return turned;
    case 5:
      cv::transpose(image, turned);
      return turned;
    case 6:
      cv::rotate(image, turned, cv::ROTATE_90_CLOCKWISE);
      return turned;
    case 7:
      cv::transpose(image, turned);
      cv::flip(turned, turned, both);
      return turned;
    case 8:
      cv::rotate(image, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
      return turned;
    default:
      return image;
  }
}

cv::Size upright_size(cv::Size stored, int orientation) {
  return is_turned(orientation) ? cv::Size(stored.height, stored.width) : stored;
}

cv::Rect stored_window(const cv::Rect& upright, cv::Size stored, int orientation) {
  return mirrored(is_turned(orientation) ? transposed(upright) : upright, stored, orientation);
}

cv::Rect upright_window(const cv::Rect& window, cv::Size stored, int orientation) {
  const cv::Rect upright = mirrored(window, stored, orientation);
  return is_turned(orientation) ? transposed(upright) : upright;
}

}  // namespace cmc::data
