#include "cmc/data/image_container.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "cmc/data/exif.h"
#include "cmc/data/unreadable.h"

namespace cmc::data {
namespace {

using Bytes = std::span<const std::uint8_t>;

template <class... Args>
void require(bool condition, const std::string& name, std::size_t byte,
             fmt::format_string<Args...> format, Args&&... args) {
  if (condition) return;
  throw UnreadableError(
      fmt::format("{}: byte {}: {}", name, byte, fmt::format(format, std::forward<Args>(args)...)));
}

bool has(Bytes bytes, std::size_t at, std::string_view text) {
  return at <= bytes.size() && bytes.size() - at >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
}

std::uint32_t big_endian(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
}

std::uint32_t little_endian(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at + 3]} << 24 | bytes[at + 2] << 16 | bytes[at + 1] << 8 | bytes[at];
}

constexpr std::string_view exif_start("Exif\0\0", 6);

ImageContainer inspect_jpeg(Bytes bytes, const std::string& name) {
  ImageContainer container{.format = ImageFormat::jpeg};
  constexpr std::uint8_t app1 = 0xe1, app14 = 0xee, start_of_scan = 0xda, end_of_image = 0xd9;
  std::size_t at = 2;
  for (;;) {
    require(at + 4 <= bytes.size(), name, bytes.size(), "the JPEG ends within its header");
    require(bytes[at] == 0xff, name, at, "0x{:02x}; a JPEG marker (0xff) was expected", bytes[at]);
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xff) {  // padding
      ++at;
      continue;
    }
    require(marker != end_of_image, name, at, "the JPEG holds no picture");
    const std::size_t length = static_cast<std::size_t>(bytes[at + 2]) << 8 | bytes[at + 3];
    require(length >= 2, name, at + 2, "a JPEG segment of {} bytes; at least 2 were expected",
            length);
    const std::size_t next = at + 2 + length;
    require(next <= bytes.size(), name, bytes.size(), "the JPEG ends within its header");
    if (marker == app1 && has(bytes, at + 4, exif_start)) {
      const std::size_t block = at + 4 + exif_start.size();
      container.orientation = exif_orientation(bytes.subspan(block, next - block));
    }
    if (marker == app14 && has(bytes, at + 4, "Adobe")) container.adobe = true;
    if (marker == start_of_scan) {
      container.data = next;
      return container;
    }
    at = next;
  }
}

ImageContainer inspect_png(Bytes bytes, const std::string& name) {
  ImageContainer container{.format = ImageFormat::png};
  constexpr std::size_t signature = 8, frame = 12;  // a chunk's length, type and checksum
  for (std::size_t at = signature;;) {
    require(bytes.size() - at >= frame, name, bytes.size(),
            "the PNG ends early; an IEND chunk was expected");
    const std::size_t length = big_endian(bytes, at);
    require(bytes.size() - at - frame >= length, name, bytes.size(),
            "the PNG ends early, within the chunk of {} bytes at byte {}", length, at);
    const Bytes data = bytes.subspan(at + 8, length);
    const std::size_t checksum = at + 8 + length;
    const uLong computed = crc32(0, bytes.data() + at + 4, static_cast<uInt>(4 + length));
    require(computed == big_endian(bytes, checksum), name, checksum,
            "the checksum of the PNG chunk is 0x{:08x}; 0x{:08x} was expected",
            big_endian(bytes, checksum), computed);
    if (has(bytes, at + 4, "eXIf")) container.orientation = exif_orientation(data);
    if (has(bytes, at + 4, "IEND")) return container;
    at = checksum + 4;
  }
}

ImageContainer inspect_webp(Bytes bytes, const std::string& name) {
  ImageContainer container{.format = ImageFormat::webp};
  const std::size_t end = std::size_t{little_endian(bytes, 4)} + 8;
  require(end <= bytes.size(), name, bytes.size(), "the WebP ends early; {} bytes were expected",
          end);
  for (std::size_t at = 12; at + 8 <= end;) {
    const std::size_t length = little_endian(bytes, at + 4);
    require(length <= end - at - 8, name, at + 4, "a WebP chunk of {} bytes, {} are left", length,
            end - at - 8);
    if (has(bytes, at, "EXIF")) {
      Bytes block = bytes.subspan(at + 8, length);
      if (has(block, 0, exif_start)) block = block.subspan(exif_start.size());
      container.orientation = exif_orientation(block);
    }
    at += 8 + length + length % 2;
  }
  return container;
}

/// The first bytes as a person can read them.
std::string beginning(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
    text += std::isprint(byte) != 0 ? std::string(1, static_cast<char>(byte))
                                    : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace

ImageContainer inspect(Bytes bytes, const std::string& name) {
  using std::string_view_literals::operator""sv;
  require(!bytes.empty(), name, 0, "the file is empty; a JPEG, PNG, WebP or TIFF was expected");
  if (has(bytes, 0, "\xff\xd8\xff"sv)) return inspect_jpeg(bytes, name);
  if (has(bytes, 0, "\x89PNG\r\n\x1a\n"sv)) return inspect_png(bytes, name);
  if (has(bytes, 0, "RIFF"sv) && has(bytes, 8, "WEBP"sv)) return inspect_webp(bytes, name);
  for (const std::string_view start : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (has(bytes, 0, start)) return {.format = ImageFormat::tiff};
  }
  require(false, name, 0, "the file starts with \"{}\"; a JPEG, PNG, WebP or TIFF was expected",
          beginning(bytes));
  return {};
}

}  // namespace cmc::data
