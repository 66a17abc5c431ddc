#include "cmc/data/image_format.h"

#include <cctype>
#include <string_view>

#include "cmc/data/checked_bytes.h"

namespace cmc::data {
namespace {

constexpr const char* known_formats = "a JPEG, PNG, WebP, TIFF, GIF or BMP was expected";

/// The first bytes as a person can read them.
std::string beginning(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
    text += std::isprint(byte) != 0 ? std::string(1, static_cast<char>(byte))
                                    : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace

ImageFormat image_format(std::span<const std::uint8_t> bytes, const std::string& name) {
  using std::string_view_literals::operator""sv;
  const CheckedBytes file(bytes, name, "picture");
  if (bytes.empty()) file.refuse(0, "the file is empty; {}", known_formats);
  if (file.has(0, "\xff\xd8\xff"sv)) return ImageFormat::jpeg;
  if (file.has(0, "\x89PNG\r\n\x1a\n"sv)) return ImageFormat::png;
  if (file.has(0, "RIFF"sv) && file.has(8, "WEBP"sv)) return ImageFormat::webp;
  if (file.has(0, "GIF87a"sv) || file.has(0, "GIF89a"sv)) return ImageFormat::gif;
  if (file.has(0, "BM"sv)) return ImageFormat::bmp;
  for (const std::string_view start : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (file.has(0, start)) return ImageFormat::tiff;
  }
  file.refuse(0, "the file starts with \"{}\"; {}", beginning(bytes), known_formats);
}

void check_pixels(const std::string& name, const char* format, std::int64_t width,
                  std::int64_t height) {
  if (width > 0 && height > 0 && height <= most_pixels / width) return;
  throw UnreadableError(fmt::format("{}: byte 0: a {} of {} × {} pixels; 1 to {} were expected",
                                    name, format, width, height, most_pixels));
}

}  // namespace cmc::data
