#pragma once

#include <tiffio.h>

#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {

/// What the tags of a TIFF's page say.
struct TiffPage {
  std::uint32_t width = 0, height = 0;
  std::uint16_t bits = 0, samples = 0, format = 0, photometric = PHOTOMETRIC_MINISBLACK, planes = 0,
                orientation = 0, compression = 0;
  /// Meanings of the samples beyond the colours, where there are any declared.
  std::vector<std::uint16_t> extra = {};
  /// Whether it is a smaller copy of another page, or a mask.
  bool is_aside = false;
  /// The value that stands for none (GDAL's tag).
  std::optional<double> no_data = {};

  bool is_float() const { return format == SAMPLEFORMAT_IEEEFP; }
  bool is_whole() const { return format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID; }
};

/// A TIFF or BigTIFF in memory, page by page, by libtiff.
class TiffFile {
 public:
  /// Opens the first page. `bytes` and `name` stay the caller's. Throws UnreadableError where it is
  /// damaged.
  TiffFile(std::span<const std::uint8_t> bytes, const std::string& name);
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  const TiffPage& page() const { return page_; }
  TIFF* handle() const { return tiff_.get(); }

  /// Goes on to the next page; false where there is none. Throws UnreadableError where its
  /// directory is damaged.
  bool next_page();

  /// Fills `to`, height × width of the page, with all samples of its pixels, or, where samples are
  /// stored in planes, of one sample with those of plane `plane`. The type of `to` has the page's
  /// bits. Throws UnreadableError where the data is cut or damaged.
  void read_samples(cv::Mat& to, std::uint16_t plane) const;

  /// Throws UnreadableError that says that the file is damaged, and what libtiff found first.
  [[noreturn]] void fail() const;

 private:
  /// What libtiff reads from, and the first thing that it found wrong.
  struct Stream {
    std::span<const std::uint8_t> bytes;
    std::uint64_t at = 0;
    char error[256] = {};
  };
  struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };
  using Handle = std::unique_ptr<TIFF, Close>;

  static Stream& stream_of(thandle_t handle) { return *static_cast<Stream*>(handle); }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t length);
  static toff_t seek(thandle_t handle, toff_t offset, int whence);
  static toff_t size(thandle_t handle);
  static int note_error(TIFF* tiff, void* user, const char* module, const char* format,
                        va_list arguments);
  static Handle open(Stream& stream);

  const std::string& name_;
  Stream stream_;
  Handle tiff_;
  TiffPage page_;
};

}  // namespace cmc::data
