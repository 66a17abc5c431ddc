#include "cmc/data/decode/bmp.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/decode/image_format.h"
#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

constexpr std::size_t file_header = 14, core_header = 12, info_header = 40;

enum Compression : std::uint32_t {
  uncompressed = 0,
  runs_of_8_bits = 1,
  runs_of_4_bits = 2,
  bit_fields = 3,
  bit_fields_with_alpha = 6,
};

/// The bits of one channel in a pixel, scaled to 0 … 255.
struct ChannelMask {
  std::uint32_t mask = 0;

  std::uint8_t of(std::uint32_t pixel) const {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    const std::uint64_t most = mask >> shift;
    return static_cast<std::uint8_t>((((pixel & mask) >> shift) * std::uint64_t{255} + most / 2) /
                                     most);
  }
};

struct BmpHeader {
  std::size_t pixels = 0;  // where they start
  std::int64_t width = 0, height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = uncompressed;
  std::array<ChannelMask, 4> masks = {};  // of R, G, B, alpha
  std::vector<cv::Vec3b> palette = {};
};

std::int64_t signed_32(const files::CheckedBytes& file, std::size_t at) {
  return static_cast<std::int32_t>(file.little_endian(at, 4));
}

void read_palette(const files::CheckedBytes& file, std::size_t at, std::size_t entry,
                  std::size_t used, BmpHeader& header) {
  std::size_t count = std::size_t{1} << header.bits;
  if (used > 0) count = std::min(count, used);
  if (header.pixels > at) count = std::min(count, (header.pixels - at) / entry);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bgr = file.slice(at + i * entry, 3);
    header.palette.emplace_back(bgr[2], bgr[1], bgr[0]);
  }
}

void check_kind(const files::CheckedBytes& file, const BmpHeader& header) {
  const bool runs = (header.compression == runs_of_8_bits && header.bits == 8) ||
                    (header.compression == runs_of_4_bits && header.bits == 4);
  const bool masks =
      header.compression == bit_fields || header.compression == bit_fields_with_alpha;
  constexpr std::array known = {1u, 4u, 8u, 16u, 24u, 32u};
  const bool plain = (header.compression == uncompressed || (masks && header.bits > 8)) &&
                     std::ranges::count(known, header.bits) > 0;
  if (!runs && !plain)
    file.refuse(28,
                "a BMP of {} bits with compression {}; 1, 4, 8, 16, 24 or 32 bits were expected, "
                "plain or run-length encoded",
                header.bits, header.compression);
}

BmpHeader read_header(const files::CheckedBytes& file) {
  BmpHeader header;
  header.pixels = static_cast<std::size_t>(file.little_endian(10, 4));
  const auto size = static_cast<std::size_t>(file.little_endian(file_header, 4));
  if (size == core_header) {
    header.width = static_cast<std::int64_t>(file.little_endian(18, 2));
    header.height = static_cast<std::int64_t>(file.little_endian(20, 2));
    header.bits = static_cast<unsigned>(file.little_endian(24, 2));
    header.masks = {{{0xff0000}, {0xff00}, {0xff}, {0}}};
    check_kind(file, header);
    if (header.bits <= 8) read_palette(file, file_header + core_header, 3, 0, header);
  } else {
    if (size < info_header || size > 256)
      file.refuse(file_header, "a BMP header of {} bytes; 12, or 40 to 124 were expected", size);
    header.width = signed_32(file, 18);
    const std::int64_t height = signed_32(file, 22);
    header.top_down = height < 0;
    header.height = std::abs(height);
    header.bits = static_cast<unsigned>(file.little_endian(28, 2));
    header.compression = static_cast<std::uint32_t>(file.little_endian(30, 4));
    check_kind(file, header);
    const std::size_t used = static_cast<std::size_t>(file.little_endian(46, 4));
    std::size_t end = file_header + size;
    const bool alpha = header.compression == bit_fields_with_alpha || size >= 56;
    if (header.compression == bit_fields || header.compression == bit_fields_with_alpha) {
      const std::size_t masks = file_header + info_header;
      for (std::size_t c = 0; c < (alpha ? 4 : 3); ++c)
        header.masks[c].mask = static_cast<std::uint32_t>(file.little_endian(masks + 4 * c, 4));
      end = std::max(end, masks + (alpha ? 16 : 12));
      header.compression = uncompressed;
    } else if (header.bits == 16) {
      header.masks = {{{0x7c00}, {0x3e0}, {0x1f}, {0}}};
    } else {
      header.masks = {{{0xff0000}, {0xff00}, {0xff}, {0}}};
    }
    if (header.bits <= 8) read_palette(file, end, 4, used, header);
  }
  return header;
}

/// Bytes of a plain row, and those from one row to the next: a multiple of 4.
struct RowBytes {
  std::size_t own, step;

  explicit RowBytes(const BmpHeader& header)
      : own((static_cast<std::size_t>(header.width) * header.bits + 7) / 8),
        step((own + 3) / 4 * 4) {}
};

void read_plain(const files::CheckedBytes& file, const BmpHeader& header, cv::Mat& picture) {
  const auto width = static_cast<std::size_t>(header.width);
  const RowBytes bytes(header);
  for (int stored = 0; stored < picture.rows; ++stored) {
    const auto row =
        file.slice(header.pixels + static_cast<std::size_t>(stored) * bytes.step, bytes.own);
    std::uint8_t* to = picture.ptr(header.top_down ? stored : picture.rows - 1 - stored);
    for (std::size_t x = 0; x < width; ++x, to += picture.channels()) {
      if (header.bits <= 8) {
        const unsigned shift = 8 - header.bits - static_cast<unsigned>(x * header.bits % 8);
        const std::size_t index = row[x * header.bits / 8] >> shift & ((1u << header.bits) - 1);
        if (index < header.palette.size())
          for (int c = 0; c < 3; ++c) to[c] = header.palette[index][c];
        continue;
      }
      std::uint32_t pixel = 0;
      for (std::size_t i = header.bits / 8; i > 0; --i)
        pixel = pixel << 8 | row[x * header.bits / 8 + i - 1];
      for (int c = 0; c < picture.channels(); ++c)
        to[c] = header.masks[static_cast<std::size_t>(c)].of(pixel);
    }
  }
}

/// Runs of one or two alternating palette entries, single ones, and moves.
class BmpRuns {
 public:
  BmpRuns(const files::CheckedBytes& file, const BmpHeader& header, cv::Mat& picture)
      : file_(file), header_(header), picture_(picture), at_(header.pixels) {}

  void read() {
    constexpr int end_of_row = 0, end_of_picture = 1, move = 2;
    for (;;) {
      const int count = next(), value = next();
      if (count > 0) {
        for (int i = 0; i < count; ++i)
          put(nibbles() ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
      } else if (value == end_of_row) {
        x_ = 0;
        ++row_;
      } else if (value == end_of_picture) {
        return;
      } else if (value == move) {
        x_ += next();
        row_ += next();
      } else {
        put_single(value);
      }
    }
  }

 private:
  bool nibbles() const { return header_.bits == 4; }
  int next() { return file_[at_++]; }

  void put_single(int count) {
    const std::size_t start = at_;
    int byte = 0;
    for (int i = 0; i < count; ++i) {
      if (!nibbles() || i % 2 == 0) byte = next();
      put(!nibbles() ? byte : i % 2 == 0 ? byte >> 4 : byte & 15);
    }
    at_ += (at_ - start) % 2;
  }

  /// Rows that are too long are met in real files; a row too many is damage.
  void put(int index) {
    if (row_ >= picture_.rows)
      file_.refuse(at_, "the BMP holds more rows than the {} that it states", picture_.rows);
    const std::int64_t x = x_++;
    if (x >= picture_.cols || static_cast<std::size_t>(index) >= header_.palette.size()) return;
    picture_.at<cv::Vec3b>(static_cast<int>(header_.top_down ? row_ : picture_.rows - 1 - row_),
                           static_cast<int>(x)) = header_.palette[static_cast<std::size_t>(index)];
  }

  const files::CheckedBytes& file_;
  const BmpHeader& header_;
  cv::Mat& picture_;
  std::size_t at_;
  std::int64_t x_ = 0, row_ = 0;
};

}  // namespace

StoredPicture decode_bmp(std::span<const std::uint8_t> bytes, const std::string& name) {
  const files::CheckedBytes file(bytes, name, "BMP");
  const BmpHeader header = read_header(file);
  check_pixels(name, "BMP", header.width, header.height);
  if (header.compression == uncompressed) {  // before memory is taken
    const RowBytes row(header);
    file.slice(header.pixels, row.step * static_cast<std::size_t>(header.height - 1) + row.own);
  }
  const bool alpha = header.masks[3].mask != 0 && header.bits > 8;
  StoredPicture picture;
  picture.pixels = cv::Mat(static_cast<int>(header.height), static_cast<int>(header.width),
                           CV_8UC(alpha ? 4 : 3), cv::Scalar::all(0));
  if (header.compression == uncompressed) {
    read_plain(file, header, picture.pixels);
  } else {
    BmpRuns(file, header, picture.pixels).read();
  }
  return picture;
}

}  // namespace cmc::data
