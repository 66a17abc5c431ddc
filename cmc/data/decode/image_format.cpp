#include "cmc/data/decode/image_format.h"
#include "cmc/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

constexpr const char* known_formats = "a JPEG, PNG, WebP, TIFF, GIF or BMP was expected";

/// Files that are met in place of a picture, by their bytes at a place.
struct ForeignFile {
  std::size_t at;
  std::string_view mark;
  const char* what;
};

using std::string_view_literals::operator""sv;
constexpr std::array foreign_files = {
    ForeignFile{0, "version https://git-lfs"sv,
                "a pointer of Git LFS, whose file `git lfs pull` gets"},
    ForeignFile{4, "ftyphei"sv, "a HEIC, which must be converted"},
    ForeignFile{4, "ftypmif1"sv, "a HEIC, which must be converted"},
    ForeignFile{4, "ftypavi"sv, "an AVIF, which must be converted"},
    ForeignFile{0, "\0\0\0\x0cjP"sv, "a JPEG 2000, which must be converted"},
    ForeignFile{0, "<!DOCTYPE"sv, "a web page"},
    ForeignFile{0, "<html"sv, "a web page"},
    ForeignFile{0, "<svg"sv, "an SVG, which must be converted"},
    ForeignFile{0, "%PDF"sv, "a PDF"},
};

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
  const files::CheckedBytes file(bytes, name, "picture");
  if (bytes.empty()) file.refuse(0, "the file is empty; {}", known_formats);
  if (file.has(0, "\xff\xd8\xff"sv)) return ImageFormat::jpeg;
  if (file.has(0, "\x89PNG\r\n\x1a\n"sv)) return ImageFormat::png;
  if (file.has(0, "RIFF"sv) && file.has(8, "WEBP"sv)) return ImageFormat::webp;
  if (file.has(0, "GIF87a"sv) || file.has(0, "GIF89a"sv)) return ImageFormat::gif;
  if (file.has(0, "BM"sv)) return ImageFormat::bmp;
  for (const std::string_view start : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (file.has(0, start)) return ImageFormat::tiff;
  }
  for (const ForeignFile& foreign : foreign_files)
    if (file.has(foreign.at, foreign.mark))
      file.refuse(0, "the file is {}; {}", foreign.what, known_formats);
  file.refuse(0, "the file starts with \"{}\"; {}", beginning(bytes), known_formats);
}

void check_pixels(const std::string& name, const char* format, std::int64_t width,
                  std::int64_t height) {
  if (width > 0 && height > 0 && height <= most_pixels / width) return;
  throw UnreadableError(fmt::format("{}: byte 0: a {} of {} × {} pixels; 1 to {} were expected",
                                    name, format, width, height, most_pixels));
}

}  // namespace cmc::data
