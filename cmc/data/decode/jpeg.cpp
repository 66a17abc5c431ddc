#include "cmc/data/decode/jpeg.h"

#include <fmt/format.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <utility>
// Behind <cstdio>, whose FILE it uses.
#include <jpeglib.h>
// Behind <jpeglib.h>, which says what it was built with.
#include <jerror.h>

#include "cmc/data/decode/exif.h"
#include "cmc/data/decode/image_format.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr std::string_view exif_start("Exif\0\0", 6);
constexpr int exif_marker = JPEG_APP0 + 1;
constexpr int most_scans = 500;  // a file of a few kilobytes may hold thousands of empty ones

/// Whether a warning of libjpeg means that pixels are lost.
bool loses_pixels(int code) {
  switch (code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

/// libjpeg's decoder, with its errors as a code and a message instead of an exit. For one file: it
/// would give another the tables of this one, where that lacks its own.
class JpegDecoder {
 public:
  JpegDecoder() {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = stop;
    errors_.emit_message = warn;
    info_.client_data = this;
    jpeg_create_decompress(&info_);
    jpeg_save_markers(&info_, exif_marker, 0xffff);
    progress_.progress_monitor = count_scans;
    info_.progress = &progress_;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  // What may fail jumps out of libjpeg's C functions: the functions that let it hold nothing that
  // has a destructor.

  /// Reads up to the compressed picture; false where it can't.
  bool read_header(std::span<const std::uint8_t> bytes) {
    if (setjmp(failed_) != 0) return false;
    jpeg_mem_src(&info_, bytes.data(), bytes.size());
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  /// Begins to decode, of a progressive picture all its data; false where it is damaged.
  bool start(J_COLOR_SPACE colours, int coarseness) {
    if (setjmp(failed_) != 0) return false;
    info_.out_color_space = colours;
    info_.scale_num = DCTSIZE / static_cast<unsigned>(coarseness);
    info_.scale_denom = DCTSIZE;
    jpeg_start_decompress(&info_);
    return true;
  }

  /// Decodes no columns but these, and some before `left`, which becomes the first that is decoded;
  /// false where libjpeg can't.
  bool crop(JDIMENSION& left, JDIMENSION width) {
    if (setjmp(failed_) != 0) return false;
    jpeg_crop_scanline(&info_, &left, &width);
    return true;
  }

  /// Decodes rows from `top` on into `pixels`, whose last row is space for others; false where the
  /// picture is damaged, up to its last row or, with DataRead::all, up to its end.
  bool read_rows(const cv::Mat& pixels, JDIMENSION top, DataRead read) {
    if (setjmp(failed_) != 0) return false;
    const auto end = top + static_cast<JDIMENSION>(pixels.rows) - 1;
    if (top > 0) jpeg_skip_scanlines(&info_, top);
    while (info_.output_scanline < end) read_row(pixels, info_.output_scanline - top);
    const bool whole = end == info_.output_height;
    // All scans of several were read at the start.
    if (!whole && (read == DataRead::needed || jpeg_has_multiple_scans(&info_))) return true;
    if (!whole) {
      // To skip the last row, too, would be to pass over the data.
      if (end + 1 < info_.output_height) jpeg_skip_scanlines(&info_, info_.output_height - end - 1);
      read_row(pixels, end - top);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  /// Whether blocks are smoothed by those around them, since not all their scans are there: then
  /// what is left out would change what is made.
  bool smooths() const {
    if (info_.coef_bits == nullptr) return false;
    for (int c = 0; c < info_.num_components; ++c)
      for (const int bits : std::span(info_.coef_bits[c], DCTSIZE2))
        if (bits != 0) return true;
    return false;
  }

  const jpeg_decompress_struct& info() const { return info_; }
  int error() const { return error_; }
  const char* message() const { return message_; }

  std::span<const std::uint8_t> exif() const {
    for (const jpeg_marker_struct* m = info_.marker_list; m != nullptr; m = m->next) {
      if (m->marker == exif_marker && m->data_length >= exif_start.size() &&
          std::memcmp(m->data, exif_start.data(), exif_start.size()) == 0) {
        return std::span<const std::uint8_t>(m->data, m->data_length).subspan(exif_start.size());
      }
    }
    return {};
  }

 private:
  [[noreturn]] static void stop(j_common_ptr info) {
    auto* const self = static_cast<JpegDecoder*>(info->client_data);
    self->error_ = info->err->msg_code;
    info->err->format_message(info, self->message_);
    std::longjmp(self->failed_, 1);
  }

  void read_row(const cv::Mat& pixels, JDIMENSION row) {
    JSAMPROW to = pixels.data + pixels.step[0] * row;
    jpeg_read_scanlines(&info_, &to, 1);
  }

  static void warn(j_common_ptr info, int level) {
    if (level < 0 && loses_pixels(info->err->msg_code)) stop(info);
  }

  static void count_scans(j_common_ptr common) {
    auto* const info = reinterpret_cast<j_decompress_ptr>(common);
    if (info->input_scan_number <= most_scans) return;
    auto* const self = static_cast<JpegDecoder*>(info->client_data);
    self->error_ = JERR_BAD_PROGRESSION;
    std::snprintf(self->message_, sizeof message_, "more than %d scans", most_scans);
    std::longjmp(self->failed_, 1);
  }

  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct info_{};
  std::jmp_buf failed_{};
  int error_ = 0;
  char message_[JMSG_LENGTH_MAX] = {};
};

/// Light from ink, channel by channel times black.
cv::Mat rgb_of_cmyk(const cv::Mat& cmyk, bool adobe) {
  cv::Mat rgb(cmyk.size(), CV_8UC3);
  const int inverted = adobe ? 0 : 255;
  for (int y = 0; y < cmyk.rows; ++y) {
    const auto* from = cmyk.ptr<cv::Vec4b>(y);
    auto* to = rgb.ptr<cv::Vec3b>(y);
    for (int x = 0; x < cmyk.cols; ++x) {
      const int black = from[x][3] ^ inverted;
      for (int c = 0; c < 3; ++c) {
        to[x][c] = static_cast<std::uint8_t>(((from[x][c] ^ inverted) * black + 127) / 255);
      }
    }
  }
  return rgb;
}

/// The part of the stored picture that is needed.
Cutout stored_cutout(const ChooseCutout& choose, cv::Size stored, int orientation,
                     const std::string& name) {
  if (!choose) return {.window = {{0, 0}, stored}};
  const cv::Size size = upright_size(stored, orientation);
  const Cutout asked = choose(size);
  const cv::Rect& window = asked.window;
  check(!window.empty() && (window & cv::Rect({0, 0}, size)) == window,
        "{}: {} × {} pixels from ({}, {}) were asked for; it has {} × {}", name, window.width,
        window.height, window.x, window.y, size.width, size.height);
  const int coarseness = asked.coarseness;
  check(coarseness == 1 || coarseness == 2 || coarseness == 4 || coarseness == 8,
        "{}: its pixels were asked for {} as one; 1, 2, 4 or 8 can be", name, coarseness);
  return {stored_window(window, stored, orientation), coarseness};
}

/// The coarse pixels that hold a window.
cv::Rect coarse_window(const cv::Rect& window, int coarseness) {
  const cv::Point corner(window.x / coarseness, window.y / coarseness);
  const cv::Point end((window.x + window.width - 1) / coarseness + 1,
                      (window.y + window.height - 1) / coarseness + 1);
  return {corner, end};
}

/// The columns that are decoded for those from `left` to `right` to be as in the whole picture:
/// chroma that is stored at half the width is interpolated between neighbours, unless it has but a
/// few columns.
std::pair<JDIMENSION, JDIMENSION> columns_around(JDIMENSION left, JDIMENSION right,
                                                 const jpeg_decompress_struct& info) {
  const auto sample = static_cast<JDIMENSION>(info.max_h_samp_factor);
  left -= std::min(left, sample);
  right = std::min(info.output_width, right + sample);
  const JDIMENSION least = 8 * sample;
  if (right - left < least) {
    right = std::min(info.output_width, left + least);
    left = right - std::min(right, least);
  }
  return {left, right - left};
}

}  // namespace

StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name,
                          int channels, const ChooseCutout& choose, DataRead read) {
  JpegDecoder jpeg;
  if (!jpeg.read_header(bytes)) {
    if (jpeg.error() == JWRN_JPEG_EOF)
      throw UnreadableError(
          fmt::format("{}: byte {}: the JPEG ends within its header", name, bytes.size()));
    throw UnreadableError(fmt::format("{}: bytes 0 to {}: damaged JPEG header ({})", name,
                                      bytes.size() - 1, jpeg.message()));
  }
  const jpeg_decompress_struct& info = jpeg.info();
  check_pixels(name, "JPEG", info.image_width, info.image_height);
  const std::size_t data = bytes.size() - info.src->bytes_in_buffer;
  const bool cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  const J_COLOR_SPACE colours = cmyk ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  StoredPicture picture{.orientation = exif_orientation(jpeg.exif())};
  const auto check_data = [&](bool good) {
    if (good) return;
    if (jpeg.error() == JWRN_JPEG_EOF)
      throw UnreadableError(
          fmt::format("{}: byte {}: the JPEG ends early; its end-of-image marker was expected",
                      name, bytes.size()));
    throw UnreadableError(fmt::format("{}: bytes {} to {}: damaged JPEG data ({})", name, data,
                                      bytes.size() - 1, jpeg.message()));
  };
  const cv::Size stored(static_cast<int>(info.image_width), static_cast<int>(info.image_height));
  const Cutout cutout = stored_cutout(choose, stored, picture.orientation, name);
  check_data(jpeg.start(colours, cutout.coarseness));
  const cv::Rect made(0, 0, static_cast<int>(info.output_width),
                      static_cast<int>(info.output_height));
  const cv::Rect window =
      jpeg.smooths() ? made : coarse_window(cutout.window, cutout.coarseness) & made;
  auto [left, width] = columns_around(static_cast<JDIMENSION>(window.x),
                                      static_cast<JDIMENSION>(window.x + window.width), info);
  if (width < info.output_width) check_data(jpeg.crop(left, width));
  cv::Mat& pixels = picture.pixels;
  const auto columns = static_cast<int>(info.output_width);
  const int type = CV_8UC(cmyk ? 4 : channels);
  if (choose) {
    // Rows that begin at no multiple of 16 bytes: to those libjpeg-turbo writes past the caches,
    // and the pixels are read again at once.
    pixels.create(window.height + 1, (1 + columns + 15) / 16 * 16, type);
    pixels = pixels.colRange(1, 1 + columns);
  } else {
    pixels.create(window.height + 1, columns, type);
  }
  check_data(jpeg.read_rows(pixels, static_cast<JDIMENSION>(window.y), read));
  pixels = pixels({window.x - static_cast<int>(left), 0, window.width, window.height});
  picture.extent = {.first = std::int64_t{window.x} * cutout.coarseness,
                    .length = stored.width,
                    .top = std::int64_t{window.y} * cutout.coarseness,
                    .height = stored.height,
                    .coarseness = cutout.coarseness};
  if (cmyk) {
    pixels = rgb_of_cmyk(pixels, info.saw_Adobe_marker != FALSE);
    if (channels == 1) cv::cvtColor(pixels, pixels, cv::COLOR_RGB2GRAY);
  }
  return picture;
}

}  // namespace cmc::data
