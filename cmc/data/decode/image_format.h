#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cmc::data {

enum class ImageFormat { jpeg, png, webp, tiff, gif, bmp };

/// Recognises an image file by its first bytes, whatever its name. Throws UnreadableError, with
/// `name`, where it is empty or of no known format.
ImageFormat image_format(std::span<const std::uint8_t> bytes, const std::string& name);

/// The most pixels that a picture may have: 2²⁸. A file of a few bytes may state any size. Under a
/// fuzzer it is 2¹⁸: the same code runs, a thousand times as often.
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
inline constexpr std::int64_t most_pixels = std::int64_t{1} << 18;
#else
inline constexpr std::int64_t most_pixels = std::int64_t{1} << 28;
#endif

/// Throws UnreadableError unless a picture that states to be width × height has 1 to most_pixels
/// pixels. Decoders call it before they take memory for the picture. `format` names its kind:
/// "PNG".
void check_pixels(const std::string& name, const char* format, std::int64_t width,
                  std::int64_t height);

}  // namespace cmc::data
