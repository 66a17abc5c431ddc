#include "cmc/data/decode/png.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/decode/exif.h"
#include "cmc/data/decode/image_format.h"
#include "cmc/error.h"
#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

/// libpng's reader, with its errors as a message instead of an exit.
class PngReader {
 public:
  explicit PngReader(std::span<const std::uint8_t> bytes)
      : bytes_(bytes), png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, stop, ignore)) {
    check(png_ != nullptr, "libpng can't start");
    info_ = png_create_info_struct(png_);
    png_set_read_fn(png_, this, read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // most_pixels is the limit
    png_set_benign_errors(png_, 1);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  // What may fail jumps out of libpng's C functions: the two functions that let it hold nothing
  // that has a destructor.

  /// Reads up to the compressed picture; false where it can't.
  bool read_header() {
    if (setjmp(failed_) != 0) return false;
    png_read_info(png_, info_);
    return true;
  }

  /// Expands what is stored to whole channels of 8 or 16 bits; false where the picture can't be.
  bool expand() {
    if (setjmp(failed_) != 0) return false;
    png_set_palette_to_rgb(png_);
    png_set_expand_gray_1_2_4_to_8(png_);
    if (png_get_valid(png_, info_, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png_);
    if (std::endian::native == std::endian::little && png_get_bit_depth(png_, info_) == 16)
      png_set_swap(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  /// Decodes the picture and what follows it; false where it is damaged.
  bool read_pixels(png_bytep* rows) {
    if (setjmp(failed_) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, info_);
    return true;
  }

  int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }
  int bits() const { return png_get_bit_depth(png_, info_); }
  int channels() const { return png_get_channels(png_, info_); }

  std::span<const std::uint8_t> exif() const {
    png_uint_32 size = 0;
    png_bytep block = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &block) == 0) return {};
    return {block, size};
  }

  [[noreturn]] void fail(const std::string& name) const {
    if (ended_)
      throw UnreadableError(fmt::format(
          "{}: byte {}: the PNG ends early; an IEND chunk was expected", name, bytes_.size()));
    throw UnreadableError(
        fmt::format("{}: bytes 0 to {}: damaged PNG data ({})", name, at_, message_));
  }

 private:
  [[noreturn]] static void stop(png_structp png, png_const_charp message) {
    auto* const self = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(self->message_, sizeof message_, "%s", message);
    std::longjmp(self->failed_, 1);
  }

  static void ignore(png_structp, png_const_charp) {}

  static void read(png_structp png, png_bytep to, std::size_t length) {
    auto* const self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (length > self->bytes_.size() - self->at_) {
      self->ended_ = true;
      png_error(png, "ends early");
    }
    std::memcpy(to, self->bytes_.data() + self->at_, length);
    self->at_ += length;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool ended_ = false;
  png_structp png_;
  png_infop info_ = nullptr;
  std::jmp_buf failed_{};
  char message_[128] = {};
};

/// Throws where a chunk is longer than what is left: libpng takes memory for it before it reads.
void check_chunk_lengths(std::span<const std::uint8_t> bytes, const std::string& name) {
  constexpr std::size_t signature = 8, frame = 12;  // a chunk's length, type and checksum
  const files::CheckedBytes file(bytes, name, "PNG");
  for (std::size_t at = signature; !file.has(at + 4, "IEND");) {
    const std::size_t left = file.size() - std::min(at, file.size());
    const std::size_t length = left < frame ? 0 : file.big_endian(at, 4);
    if (left < frame || length > left - frame)
      throw UnreadableError(fmt::format(
          "{}: byte {}: the PNG ends early; an IEND chunk was expected", name, file.size()));
    at += frame + length;
  }
}

}  // namespace

StoredPicture decode_png(std::span<const std::uint8_t> bytes, const std::string& name) {
  check_chunk_lengths(bytes, name);
  PngReader png(bytes);
  if (!png.read_header()) png.fail(name);
  check_pixels(name, "PNG", png.width(), png.height());
  if (!png.expand()) png.fail(name);
  StoredPicture picture;
  picture.pixels.create(png.height(), png.width(),
                        CV_MAKETYPE(png.bits() == 16 ? CV_16U : CV_8U, png.channels()));
  std::vector<png_bytep> rows;
  for (int y = 0; y < png.height(); ++y) rows.push_back(picture.pixels.ptr(y));
  if (!png.read_pixels(rows.data())) png.fail(name);
  picture.orientation = exif_orientation(png.exif());
  return picture;
}

}  // namespace cmc::data
