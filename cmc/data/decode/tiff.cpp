#include "cmc/data/decode/tiff.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/decode/image_format.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// What libtiff reads from, and the first thing that it found wrong.
struct TiffFile {
  std::span<const std::uint8_t> bytes;
  std::uint64_t at = 0;
  char error[256] = {};
};

TiffFile& file_of(thandle_t handle) {
  return *static_cast<TiffFile*>(handle);
}

tmsize_t read_tiff(thandle_t handle, void* to, tmsize_t length) {
  TiffFile& file = file_of(handle);
  if (file.at >= file.bytes.size() || length <= 0) return 0;
  const std::size_t count = std::min(static_cast<std::size_t>(length), file.bytes.size() - file.at);
  std::memcpy(to, file.bytes.data() + file.at, count);
  file.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_nothing(thandle_t, void*, tmsize_t) {
  return 0;
}

toff_t seek_tiff(thandle_t handle, toff_t offset, int whence) {
  TiffFile& file = file_of(handle);
  const std::uint64_t from = whence == SEEK_CUR   ? file.at
                             : whence == SEEK_END ? file.bytes.size()
                                                  : 0;
  return file.at = from + offset;
}

int close_nothing(thandle_t) {
  return 0;
}

toff_t size_of_tiff(thandle_t handle) {
  return file_of(handle).bytes.size();
}

int note_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto* const file = static_cast<TiffFile*>(user);
  if (file->error[0] == '\0') std::vsnprintf(file->error, sizeof file->error, format, arguments);
  return 1;  // handled: not printed
}

int ignore_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffHandle = std::unique_ptr<TIFF, CloseTiff>;

TiffHandle open_tiff(TiffFile& file) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), note_error, &file);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), most_pixels * 8);
  return TiffHandle(TIFFClientOpenExt("picture", "rm", &file, read_tiff, write_nothing, seek_tiff,
                                      close_nothing, size_of_tiff, nullptr, nullptr,
                                      options.get()));
}

/// What the tags of a page say.
struct TiffPage {
  std::uint32_t width = 0, height = 0;
  std::uint16_t bits = 0, samples = 0, format = 0, photometric = PHOTOMETRIC_MINISBLACK, planes = 0,
                orientation = 0, compression = 0;
  /// Meanings of the samples beyond the colours, where there are any declared.
  std::vector<std::uint16_t> extra = {};

  bool is_float() const { return format == SAMPLEFORMAT_IEEEFP; }

  /// Whether the values can be taken as they are stored.
  bool is_plain() const {
    if (photometric != PHOTOMETRIC_MINISBLACK && photometric != PHOTOMETRIC_RGB &&
        !(photometric == PHOTOMETRIC_MINISWHITE && samples == 1 && !is_float()))
      return false;
    return bits == 8 || bits >= 16;
  }

  int colours() const { return samples >= 3 ? 3 : 1; }
};

TiffPage read_tags(TIFF* tiff) {
  TiffPage page;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &page.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &page.planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &page.orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &page.compression);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page.photometric) == 0 && page.samples >= 3)
    page.photometric = PHOTOMETRIC_RGB;
  std::uint16_t count = 0;
  const std::uint16_t* extra = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &extra) != 0 && extra != nullptr)
    page.extra.assign(extra, extra + count);
  return page;
}

class TiffPictureReader {
 public:
  TiffPictureReader(std::span<const std::uint8_t> bytes, const std::string& name)
      : name_(name), file_{bytes}, tiff_(open_tiff(file_)) {
    if (!tiff_) fail();
    page_ = read_tags(tiff_.get());
  }

  StoredPicture read() {
    check_pixels(name_, "TIFF", page_.width, page_.height);
    check_kind();
    StoredPicture picture = page_.is_plain() ? read_plain() : read_converted();
    if (page_.orientation >= 1 && page_.orientation <= 8) picture.orientation = page_.orientation;
    return picture;
  }

 private:
  [[noreturn]] void fail() const {
    throw UnreadableError(fmt::format(
        "{}: bytes 0 to {}: damaged TIFF data{}; a complete TIFF was expected", name_,
        file_.bytes.size() - 1, file_.error[0] != '\0' ? fmt::format(" ({})", file_.error) : ""));
  }

  void check_kind() const {
    const bool ink = page_.photometric == PHOTOMETRIC_SEPARATED;
    if (page_.samples > (ink ? 5 : 4))
      throw UnreadableError(fmt::format(
          "{}: byte 0: a TIFF of {} bands; 1 (grey) or 3 (R, G, B) were expected, each with or "
          "without alpha",
          name_, page_.samples));
    const bool whole = page_.format == SAMPLEFORMAT_UINT || page_.format == SAMPLEFORMAT_VOID;
    if (!(whole && page_.bits <= 16) && !(page_.is_float() && page_.bits == 32))
      throw UnreadableError(fmt::format(
          "{}: byte 0: a TIFF with {} values of {} bits; 8 or 16 bits without sign were expected",
          name_,
          whole                              ? "whole"
          : page_.is_float()                 ? "floating-point"
          : page_.format == SAMPLEFORMAT_INT ? "signed"
                                             : "complex",
          page_.bits));
  }

  StoredPicture read_plain() {
    const int depth = page_.is_float() ? CV_32F : page_.bits == 8 ? CV_8U : CV_16U;
    const int samples = page_.samples;
    cv::Mat stored(height(), width(), CV_MAKETYPE(depth, samples));
    if (page_.planes == PLANARCONFIG_SEPARATE && samples > 1) {
      std::vector<cv::Mat> planes;
      for (int s = 0; s < samples; ++s) {
        planes.emplace_back(height(), width(), depth);
        read_samples(planes.back(), static_cast<std::uint16_t>(s));
      }
      cv::merge(planes, stored);
    } else {
      read_samples(stored, 0);
    }
    if (page_.photometric == PHOTOMETRIC_MINISWHITE) cv::bitwise_not(stored, stored);

    const int colours = page_.colours();
    if (samples == colours) return {.pixels = stored};
    const bool declared = !page_.extra.empty();
    const std::uint16_t meaning = declared ? page_.extra.back() : EXTRASAMPLE_UNASSALPHA;
    if (meaning == EXTRASAMPLE_UNASSALPHA || meaning == EXTRASAMPLE_ASSOCALPHA)
      return {.pixels = stored, .premultiplied = meaning == EXTRASAMPLE_ASSOCALPHA};
    cv::Mat coloured(stored.size(), CV_MAKETYPE(depth, colours));
    std::vector<int> kept;
    for (int c = 0; c < colours; ++c) kept.insert(kept.end(), {c, c});
    cv::mixChannels({stored}, {coloured}, kept);
    return {.pixels = coloured};
  }

  /// Fills `to` with all samples, or with those of one plane.
  void read_samples(cv::Mat& to, std::uint16_t plane) {
    TIFF* const tiff = tiff_.get();
    const std::size_t row_bytes = to.elemSize() * static_cast<std::size_t>(to.cols);
    if (TIFFIsTiled(tiff) == 0) {
      if (TIFFScanlineSize64(tiff) != row_bytes) fail();
      for (int y = 0; y < to.rows; ++y)
        if (TIFFReadScanline(tiff, to.ptr(y), static_cast<std::uint32_t>(y), plane) < 0) fail();
      return;
    }
    std::uint32_t tile_width = 0, tile_height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
    check_pixels(name_, "TIFF tile", tile_width, tile_height);
    const int w = static_cast<int>(tile_width), h = static_cast<int>(tile_height);
    cv::Mat tile(h, w, to.type());
    if (TIFFTileSize64(tiff) != tile.total() * tile.elemSize()) fail();
    for (int y = 0; y < to.rows; y += h) {
      for (int x = 0; x < to.cols; x += w) {
        if (TIFFReadTile(tiff, tile.data, static_cast<std::uint32_t>(x),
                         static_cast<std::uint32_t>(y), 0, plane) < 0)
          fail();
        const cv::Rect inside(0, 0, std::min(w, to.cols - x), std::min(h, to.rows - y));
        tile(inside).copyTo(to(inside + cv::Point(x, y)));
      }
    }
  }

  /// By libtiff's own conversion to R, G, B, A of 8 bits, which multiplies by alpha.
  StoredPicture read_converted() {
    char reason[1024] = {};
    TIFFRGBAImage image{};
    if (TIFFRGBAImageOK(tiff_.get(), reason) == 0 ||
        TIFFRGBAImageBegin(&image, tiff_.get(), 1, reason) == 0)
      throw UnreadableError(fmt::format("{}: byte 0: a TIFF of another kind ({})", name_, reason));
    const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> at_end(&image, TIFFRGBAImageEnd);
    image.req_orientation = image.orientation;  // as it is stored
    cv::Mat packed(height(), width(), CV_32SC1, cv::Scalar::all(0));
    if (TIFFRGBAImageGet(&image, packed.ptr<std::uint32_t>(), page_.width, page_.height) == 0)
      fail();
    cv::Mat pixels(packed.size(), image.alpha != 0 ? CV_8UC4 : CV_8UC3);
    for (int y = 0; y < packed.rows; ++y) {
      const auto* const from = packed.ptr<std::uint32_t>(y);
      std::uint8_t* to = pixels.ptr(y);
      for (int x = 0; x < packed.cols; ++x) {
        for (int c = 0; c < pixels.channels(); ++c)
          *to++ = static_cast<std::uint8_t>(from[x] >> 8 * c);
      }
    }
    return {.pixels = pixels, .premultiplied = true};
  }

  int width() const { return static_cast<int>(page_.width); }
  int height() const { return static_cast<int>(page_.height); }

  const std::string& name_;
  TiffFile file_;
  TiffHandle tiff_;
  TiffPage page_;
};

}  // namespace

StoredPicture decode_tiff(std::span<const std::uint8_t> bytes, const std::string& name) {
  return TiffPictureReader(bytes, name).read();
}

}  // namespace cmc::data
