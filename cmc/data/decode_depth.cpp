#include "cmc/data/decode_depth.h"

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "cmc/data/image_container.h"
#include "cmc/data/unreadable.h"

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
  inspect(bytes, name);
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<std::uint8_t*>(bytes.data()));
  cv::Mat stored;
  try {
    stored = cv::imdecode(encoded, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    stored.release();
  }
  if (stored.empty())
    throw UnreadableError(
        fmt::format("{}: bytes 0 to {}: damaged picture data", name, bytes.size() - 1));
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
  return metres;
}

}  // namespace cmc::data
