#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cmc::data {

enum class ImageFormat { jpeg, png, webp, tiff };

/// What an image file tells before its pixels are decoded.
struct ImageContainer {
  ImageFormat format = ImageFormat::jpeg;
  /// EXIF orientation, 1 to 8, of JPEG, PNG and WebP; 1 for TIFF, whose decoder honours its own.
  int orientation = 1;
  /// JPEG: an Adobe segment is there, so that CMYK values are stored inverted.
  bool adobe = false;
  /// JPEG: the byte where the compressed picture starts.
  std::size_t data = 0;
};

/// Recognises a file by its first bytes, whatever its name, and walks through its segments or
/// chunks: a JPEG's up to the compressed picture, all of a PNG's (with their checksums) and of a
/// WebP's. Throws UnreadableError, with `name` and the byte, where the file is of no known format,
/// cut, or damaged.
ImageContainer inspect(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
