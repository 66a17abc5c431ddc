#include "cmc/data/decode/decode_depth.h"

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "cmc/data/decode/decode_stored.h"
#include "cmc/data/decode/exif.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

template <class Value>
void to_metres(const cv::Mat& stored, double unit, cv::Mat& metres) {
  constexpr bool whole = std::numeric_limits<Value>::is_integer;
  for (int y = 0; y < stored.rows; ++y) {
    const Value* const from = stored.ptr<Value>(y);
    float* const to = metres.ptr<float>(y);
    for (int x = 0; x < stored.cols; ++x) {
      const bool seen = from[x] > 0 && std::isfinite(static_cast<double>(from[x])) &&
                        !(whole && from[x] == std::numeric_limits<Value>::max());
      to[x] = seen ? static_cast<float>(unit * static_cast<double>(from[x]))
                   : std::numeric_limits<float>::quiet_NaN();
    }
  }
}

}  // namespace

cv::Mat decode_depth(std::span<const std::uint8_t> bytes, const std::string& name, double unit) {
  const StoredPicture picture = decode_stored(bytes, name, 1);
  const cv::Mat& stored = picture.pixels;
  if (stored.channels() != 1 || (stored.depth() != CV_16U && stored.depth() != CV_32F))
    throw UnreadableError(fmt::format(
        "{}: {} channels of {} bits; distances are one channel of 16 bits, or of floats", name,
        stored.channels(), 8 * stored.elemSize1()));
  cv::Mat metres(stored.size(), CV_32FC1);
  if (stored.depth() == CV_16U) {
    to_metres<std::uint16_t>(stored, unit, metres);
  } else {
    to_metres<float>(stored, unit, metres);
  }
  return upright(metres, picture.orientation);
}

}  // namespace cmc::data
