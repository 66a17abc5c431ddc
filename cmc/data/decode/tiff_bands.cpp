#include "cmc/data/decode/tiff_bands.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <type_traits>
#include <vector>

#include "cmc/data/decode/exif.h"
#include "cmc/data/decode/image_format.h"
#include "cmc/data/decode/tiff_file.h"

namespace cmc::data {
namespace {

/// Whether samples are numbers of their own, and not places in a palette, inks or a colour space.
bool are_plain_numbers(const TiffPage& page) {
  return page.photometric == PHOTOMETRIC_MINISBLACK || page.photometric == PHOTOMETRIC_MINISWHITE ||
         page.photometric == PHOTOMETRIC_RGB;
}

/// What OpenCV calls memory of the page's numbers; −1 for numbers that are not read.
int depth_of(const TiffPage& page) {
  if (page.is_float()) return page.bits == 32 ? CV_32F : page.bits == 64 ? CV_64F : -1;
  const bool whole = page.is_whole();
  if (!whole && page.format != SAMPLEFORMAT_INT) return -1;
  switch (page.bits) {
    case 8:
      return whole ? CV_8U : CV_8S;
    case 16:
      return whole ? CV_16U : CV_16S;
    case 32:
      return CV_32S;
    default:
      return -1;
  }
}

std::string type_of(const TiffPage& page) {
  if (page.is_float()) return fmt::format("floats of {} bits", page.bits);
  return fmt::format("{} bits {}", page.bits, page.is_whole() ? "without sign" : "with sign");
}

/// Numbers as float32, NaN for those that stand for none.
template <class Value>
void convert(const cv::Mat& stored, std::optional<double> no_data, cv::Mat& to) {
  const std::size_t count =
      static_cast<std::size_t>(stored.cols) * static_cast<std::size_t>(stored.channels());
  for (int y = 0; y < stored.rows; ++y) {
    const auto* const from = reinterpret_cast<const Value*>(stored.ptr(y));
    auto* const values = to.ptr<float>(y);
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = static_cast<float>(from[i]);
      if (!no_data) continue;
      bool none = static_cast<double>(from[i]) == *no_data;
      // The tag is a decimal text, which may name a float by more or by fewer digits.
      if constexpr (std::is_same_v<Value, float>) none = from[i] == static_cast<float>(*no_data);
      if (none) values[i] = std::numeric_limits<float>::quiet_NaN();
    }
  }
}

cv::Mat converted(const cv::Mat& stored, const TiffPage& page) {
  cv::Mat values(stored.size(), CV_MAKETYPE(CV_32F, stored.channels()));
  switch (stored.depth()) {
    case CV_8U:
      convert<std::uint8_t>(stored, page.no_data, values);
      break;
    case CV_8S:
      convert<std::int8_t>(stored, page.no_data, values);
      break;
    case CV_16U:
      convert<std::uint16_t>(stored, page.no_data, values);
      break;
    case CV_16S:
      convert<std::int16_t>(stored, page.no_data, values);
      break;
    case CV_32S:
      if (page.is_whole())
        convert<std::uint32_t>(stored, page.no_data, values);
      else
        convert<std::int32_t>(stored, page.no_data, values);
      break;
    case CV_64F:
      convert<double>(stored, page.no_data, values);
      break;
    default:
      convert<float>(stored, page.no_data, values);
  }
  return values;
}

class TiffBandReader {
 public:
  TiffBandReader(std::span<const std::uint8_t> bytes, const std::string& name)
      : name_(name), file_(bytes, name) {}

  Bands read() {
    const TiffPage first = file_.page();
    std::vector<cv::Mat> bands;
    do {
      if (file_.page().is_aside && !bands.empty()) continue;
      check_page(first, bands.size());
      read_page(bands);
    } while (file_.next_page());
    if (first.orientation > 1 && first.orientation <= 8)
      for (cv::Mat& band : bands) band = upright(band, first.orientation);
    cv::Mat values;
    cv::merge(bands, values);
    return {.values = values, .type = type_of(first)};
  }

 private:
  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw UnreadableError(
        fmt::format("{}: byte 0: {}", name_, fmt::format(format, std::forward<Args>(args)...)));
  }

  void check_page(const TiffPage& first, std::size_t bands) const {
    const TiffPage& page = file_.page();
    if (!are_plain_numbers(page))
      refuse(
          "a TIFF whose samples are colours in a palette, inks or a colour space (photometric "
          "interpretation {}); bands were expected, or kind = \"image\", which reads it",
          page.photometric);
    if (depth_of(page) < 0)
      refuse("a TIFF with values of {}; 8, 16 or 32 bits, or floats of 32 or 64, were expected",
             page.is_float() || page.is_whole() || page.format == SAMPLEFORMAT_INT
                 ? type_of(page)
                 : "another kind");
    const std::size_t all = bands + page.samples;
    if (page.samples < 1 || all > most_bands)
      refuse("a TIFF of {} bands{}; 1 to {} were expected", all, bands > 0 ? " or more" : "",
             most_bands);
    check_pixels(name_, "TIFF", page.width, page.height);
    const std::int64_t pixels = std::int64_t{page.width} * page.height;
    if (pixels > most_pixels / static_cast<std::int64_t>(all))
      refuse(
          "a TIFF of {} × {} pixels in {} bands; up to {} numbers were expected: cut it into "
          "tiles",
          page.width, page.height, all, most_pixels);
    if (page.width != first.width || page.height != first.height)
      refuse(
          "bands of {} × {} pixels behind those of {} × {}: all bands of a file must have one "
          "size",
          page.width, page.height, first.width, first.height);
    if (type_of(page) != type_of(first))
      refuse("bands of {} behind those of {}: all bands of a file must have one type",
             type_of(page), type_of(first));
  }

  /// Adds the page's bands, a matrix each.
  void read_page(std::vector<cv::Mat>& bands) {
    const TiffPage& page = file_.page();
    const int depth = depth_of(page), samples = page.samples;
    const cv::Size size(static_cast<int>(page.width), static_cast<int>(page.height));
    if (page.planes == PLANARCONFIG_SEPARATE && samples > 1) {
      cv::Mat plane(size, depth);
      for (int s = 0; s < samples; ++s) {
        file_.read_samples(plane, static_cast<std::uint16_t>(s));
        bands.push_back(converted(plane, page));
      }
      return;
    }
    cv::Mat stored(size, CV_MAKETYPE(depth, samples));
    file_.read_samples(stored, 0);
    std::vector<cv::Mat> own;
    cv::split(converted(stored, page), own);
    bands.insert(bands.end(), own.begin(), own.end());
  }

  const std::string& name_;
  TiffFile file_;
};

}  // namespace

Bands decode_tiff_bands(std::span<const std::uint8_t> bytes, const std::string& name) {
  return TiffBandReader(bytes, name).read();
}

}  // namespace cmc::data
