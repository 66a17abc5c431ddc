#include "cmc/data/decode/decode_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "cmc/data/decode/decode_stored.h"
#include "cmc/data/decode/exif.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Colours and alpha over white, as colours.
template <class Value>
cv::Mat over_white(const StoredPicture& picture) {
  constexpr std::uint32_t white = std::numeric_limits<Value>::max();
  const cv::Mat& pixels = picture.pixels;
  const int colours = pixels.channels() - 1;
  cv::Mat opaque(pixels.size(), CV_MAKETYPE(pixels.depth(), colours));
  for (int y = 0; y < pixels.rows; ++y) {
    const Value* from = pixels.ptr<Value>(y);
    Value* to = opaque.ptr<Value>(y);
    for (int x = 0; x < pixels.cols; ++x, from += colours + 1, to += colours) {
      const std::uint32_t alpha = from[colours], behind = white - alpha;
      for (int c = 0; c < colours; ++c) {
        const std::uint32_t light = picture.premultiplied ? std::min<std::uint32_t>(from[c], alpha)
                                                          : (from[c] * alpha + white / 2) / white;
        to[c] = static_cast<Value>(light + behind);
      }
    }
  }
  return opaque;
}

/// With 1 channel or 3, without alpha.
cv::Mat arrange(const StoredPicture& picture, int channels) {
  cv::Mat pixels = picture.pixels;
  if (pixels.channels() % 2 == 0) {
    pixels = pixels.depth() == CV_8U ? over_white<std::uint8_t>(picture)
                                     : over_white<std::uint16_t>(picture);
  }
  if (pixels.channels() == channels) return pixels;
  cv::Mat arranged;
  cv::cvtColor(pixels, arranged, channels == 1 ? cv::COLOR_RGB2GRAY : cv::COLOR_GRAY2RGB);
  return arranged;
}

/// Where the upright pixels of a part stand in the upright picture.
Extent upright_extent(const StoredPicture& picture) {
  const Extent& at = picture.extent;
  const cv::Size stored(static_cast<int>(at.length), static_cast<int>(at.height));
  const cv::Rect window(static_cast<int>(at.first), static_cast<int>(at.top),
                        picture.pixels.cols * at.coarseness, picture.pixels.rows * at.coarseness);
  const cv::Rect place = upright_window(window, stored, picture.orientation);
  const cv::Size size = upright_size(stored, picture.orientation);
  return {.first = place.x,
          .length = size.width,
          .top = place.y,
          .height = size.height,
          .coarseness = at.coarseness};
}

}  // namespace

cv::Mat decode_image(std::span<const std::uint8_t> bytes, const std::string& name, int channels) {
  return decode_cutout(bytes, name, channels, nullptr).value;
}

Excerpt decode_cutout(std::span<const std::uint8_t> bytes, const std::string& name, int channels,
                      const ChooseCutout& choose, DataRead read) {
  const StoredPicture picture = decode_stored(bytes, name, channels, choose, read);
  if (picture.pixels.depth() != CV_8U && picture.pixels.depth() != CV_16U) {
    throw UnreadableError(
        fmt::format("{}: byte 0: a picture with floating-point values of {} bits; 8 or 16 bits "
                    "without sign were expected",
                    name, 8 * picture.pixels.elemSize1()));
  }
  cv::Mat pixels = upright(arrange(picture, channels), picture.orientation);
  if (picture.extent.length == 0) return whole(std::move(pixels));
  return {std::move(pixels), upright_extent(picture)};
}

}  // namespace cmc::data
