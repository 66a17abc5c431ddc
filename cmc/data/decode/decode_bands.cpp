#include "cmc/data/decode/decode_bands.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>
#include <string_view>

#include "cmc/data/decode/image_format.h"
#include "cmc/data/decode/tiff_bands.h"
#include "cmc/files/npy.h"

namespace cmc::data {
namespace {

using std::string_view_literals::operator""sv;

bool starts_with_any(std::span<const std::uint8_t> bytes,
                     std::initializer_list<std::string_view> marks) {
  for (const std::string_view mark : marks)
    if (bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0)
      return true;
  return false;
}

/// NumPy's code for a type, in words: "16 bits without sign" of "u2".
std::string words_of(std::string_view code) {
  const int bits = 8 * (code[1] - '0');
  if (code[0] == 'f') return fmt::format("floats of {} bits", bits);
  return fmt::format("{} bits {}", bits, code[0] == 'i' ? "with sign" : "without sign");
}

/// Where the bands stand in an array of a × b × c: whether first.
bool bands_come_first(const cv::Mat& array, std::int64_t expected, const std::string& name) {
  const int first = array.size[0], last = array.size[2];
  if ((first == expected) != (last == expected)) return first == expected;
  if (first == last)
    throw UnreadableError(fmt::format(
        "{}: an array of {} × {} × {}: the bands are the smaller of the first and the last axis, "
        "and these are alike; names says how many bands there are",
        name, first, array.size[1], last));
  return first < last;
}

Bands decode_npy_bands(std::span<const std::uint8_t> bytes, const std::string& name,
                       std::int64_t expected) {
  const files::NpyArray file(bytes, name);
  cv::Mat array = file.read();
  if (array.depth() != CV_32F) {
    cv::Mat narrow;
    array.convertTo(narrow, CV_32F);
    array = narrow;
  }
  Bands bands{.values = {}, .type = words_of(file.type())};
  if (array.dims == 2) {
    bands.values = array;
    return bands;
  }
  const bool first = bands_come_first(array, expected, name);
  const int count = array.size[first ? 0 : 2];
  if (count > most_bands)
    throw UnreadableError(
        fmt::format("{}: an array of {} × {} × {}, thus {} bands; 1 to {} were "
                    "expected",
                    name, array.size[0], array.size[1], array.size[2], count, most_bands));
  const int height = array.size[first ? 1 : 0], width = array.size[first ? 2 : 1];
  if (!first) {
    bands.values = cv::Mat(height, width, CV_MAKETYPE(CV_32F, count), array.data).clone();
    return bands;
  }
  std::vector<cv::Mat> planes;
  for (int band = 0; band < count; ++band)
    planes.emplace_back(height, width, CV_32FC1, array.ptr<float>(band));
  cv::merge(planes, bands.values);
  return bands;
}

/// Throws UnreadableError for a number that is infinite, and unless one is a value.
void check_numbers(const cv::Mat& values, const std::string& name) {
  const int bands = values.channels();
  bool any = false;
  for (int y = 0; y < values.rows; ++y) {
    const auto* const row = values.ptr<float>(y);
    for (int i = 0; i < values.cols * bands; ++i) {
      if (std::isinf(row[i]))
        throw UnreadableError(fmt::format(
            "{}: band {} is infinite at row {}, column {}; NaN stands for a value that is missing",
            name, i % bands + 1, y, i / bands));
      any = any || !std::isnan(row[i]);
    }
  }
  if (!any)
    throw UnreadableError(fmt::format(
        "{}: holds no value: all numbers of its {} × {} pixels in {} bands are NaN or no data",
        name, values.cols, values.rows, bands));
}

}  // namespace

Bands decode_bands(std::span<const std::uint8_t> bytes, const std::string& name,
                   std::int64_t expected) {
  Bands bands;
  if (starts_with_any(bytes, {"\x93NUMPY"sv})) {
    bands = decode_npy_bands(bytes, name, expected);
  } else if (starts_with_any(bytes, {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})) {
    bands = decode_tiff_bands(bytes, name);
  } else {
    throw UnreadableError(
        fmt::format("{}: byte 0: {}; a TIFF or a .npy was expected, which bands are read from",
                    name, bytes.empty() ? "the file is empty" : "a file of another kind"));
  }
  check_numbers(bands.values, name);
  return bands;
}

}  // namespace cmc::data
