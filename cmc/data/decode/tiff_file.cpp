#include "cmc/data/decode/tiff_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <opencv2/core.hpp>
#include <string_view>

#include "cmc/data/decode/image_format.h"

namespace cmc::data {
namespace {

/// GDAL's tag for the value that stands for none, a number as text.
constexpr std::uint32_t no_data_tag = 42113;

tmsize_t write_nothing(thandle_t, void*, tmsize_t) {
  return 0;
}

int close_nothing(thandle_t) {
  return 0;
}

int ignore_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

std::optional<double> no_data_of(TIFF* tiff) {
  std::uint32_t count = 0;
  const char* text = nullptr;
  if (TIFFGetField(tiff, no_data_tag, &count, &text) == 0 || text == nullptr) return {};
  std::string_view number(text, strnlen(text, count));
  number.remove_prefix(std::min(number.find_first_not_of(" +"), number.size()));
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

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
  std::uint32_t kind = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &kind);
  page.is_aside = (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
  page.no_data = no_data_of(tiff);
  return page;
}

}  // namespace

tmsize_t TiffFile::read(thandle_t handle, void* to, tmsize_t length) {
  Stream& stream = stream_of(handle);
  if (stream.at >= stream.bytes.size() || length <= 0) return 0;
  const std::size_t count =
      std::min(static_cast<std::size_t>(length), stream.bytes.size() - stream.at);
  std::memcpy(to, stream.bytes.data() + stream.at, count);
  stream.at += count;
  return static_cast<tmsize_t>(count);
}

toff_t TiffFile::seek(thandle_t handle, toff_t offset, int whence) {
  Stream& stream = stream_of(handle);
  const std::uint64_t from = whence == SEEK_CUR   ? stream.at
                             : whence == SEEK_END ? stream.bytes.size()
                                                  : 0;
  return stream.at = from + offset;
}

toff_t TiffFile::size(thandle_t handle) {
  return stream_of(handle).bytes.size();
}

int TiffFile::note_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto* const stream = static_cast<Stream*>(user);
  if (stream->error[0] == '\0')
    std::vsnprintf(stream->error, sizeof stream->error, format, arguments);
  return 1;  // handled: not printed
}

TiffFile::Handle TiffFile::open(Stream& stream) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), note_error, &stream);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), most_pixels * 8);
  return Handle(TIFFClientOpenExt("picture", "rm", &stream, read, write_nothing, seek,
                                  close_nothing, size, nullptr, nullptr, options.get()));
}

TiffFile::TiffFile(std::span<const std::uint8_t> bytes, const std::string& name)
    : name_(name), stream_{bytes}, tiff_(open(stream_)) {
  if (!tiff_) fail();
  page_ = read_tags(handle());
}

bool TiffFile::next_page() {
  if (TIFFLastDirectory(handle()) != 0) return false;
  if (TIFFReadDirectory(handle()) == 0) fail();
  page_ = read_tags(handle());
  return true;
}

void TiffFile::fail() const {
  if (std::string_view(stream_.error).find("different values per sample") != std::string_view::npos)
    throw UnreadableError(
        fmt::format("{}: byte 0: a TIFF whose bands differ in type ({}): all bands of a file must "
                    "have one type",
                    name_, stream_.error));
  throw UnreadableError(
      fmt::format("{}: bytes 0 to {}: damaged TIFF data{}; a complete TIFF was expected", name_,
                  stream_.bytes.size() - 1,
                  stream_.error[0] != '\0' ? fmt::format(" ({})", stream_.error) : ""));
}

void TiffFile::read_samples(cv::Mat& to, std::uint16_t plane) const {
  TIFF* const tiff = handle();
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

}  // namespace cmc::data
