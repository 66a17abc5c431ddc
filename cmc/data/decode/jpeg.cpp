#include "cmc/data/decode/jpeg.h"

#include <fmt/format.h>

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
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

/// libjpeg's decoder, with its errors as a code and a message instead of an exit.
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

  // What may fail jumps out of libjpeg's C functions: the two functions that let it hold nothing
  // that has a destructor.

  /// Reads up to the compressed picture; false where it can't.
  bool read_header(std::span<const std::uint8_t> bytes) {
    if (setjmp(failed_) != 0) return false;
    jpeg_mem_src(&info_, bytes.data(), bytes.size());
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  /// Decodes into `pixels`, of the picture's size; false where the picture is damaged.
  bool read_pixels(const cv::Mat& pixels, J_COLOR_SPACE colours) {
    if (setjmp(failed_) != 0) return false;
    info_.out_color_space = colours;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = pixels.data + pixels.step[0] * info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  /// Makes it ready for another file.
  void reset() { jpeg_abort_decompress(&info_); }

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

/// One decoder a thread: making one for each picture would cost more than a small picture.
JpegDecoder& decoder() {
  thread_local JpegDecoder instance;
  return instance;
}

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

}  // namespace

StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name,
                          int channels) {
  JpegDecoder& jpeg = decoder();
  const auto reset = [](JpegDecoder* used) { used->reset(); };
  const std::unique_ptr<JpegDecoder, decltype(reset)> at_end(&jpeg, reset);
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
  cv::Mat& pixels = picture.pixels;
  pixels.create(static_cast<int>(info.image_height), static_cast<int>(info.image_width),
                CV_8UC(cmyk ? 4 : channels));
  if (!jpeg.read_pixels(pixels, colours)) {
    if (jpeg.error() == JWRN_JPEG_EOF)
      throw UnreadableError(
          fmt::format("{}: byte {}: the JPEG ends early; its end-of-image marker was expected",
                      name, bytes.size()));
    throw UnreadableError(fmt::format("{}: bytes {} to {}: damaged JPEG data ({})", name, data,
                                      bytes.size() - 1, jpeg.message()));
  }
  if (cmyk) {
    pixels = rgb_of_cmyk(pixels, info.saw_Adobe_marker != FALSE);
    if (channels == 1) cv::cvtColor(pixels, pixels, cv::COLOR_RGB2GRAY);
  }
  return picture;
}

}  // namespace cmc::data
