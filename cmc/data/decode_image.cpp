#include "cmc/data/decode_image.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "cmc/data/exif.h"
#include "cmc/data/image_container.h"
#include "cmc/data/jpeg.h"
#include "cmc/data/unreadable.h"

namespace cmc::data {
namespace {

const char* name_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "JPEG";
    case ImageFormat::png:
      return "PNG";
    case ImageFormat::webp:
      return "WebP";
    case ImageFormat::tiff:
      return "TIFF";
  }
  return "";
}

/// B, G, R, A over white, as R, G, B.
template <class Value>
cv::Mat over_white(const cv::Mat& bgra) {
  constexpr std::uint32_t white = std::numeric_limits<Value>::max();
  cv::Mat rgb(bgra.size(), CV_MAKETYPE(bgra.depth(), 3));
  for (int y = 0; y < bgra.rows; ++y) {
    const auto* from = bgra.ptr<cv::Vec<Value, 4>>(y);
    auto* to = rgb.ptr<cv::Vec<Value, 3>>(y);
    for (int x = 0; x < bgra.cols; ++x) {
      const std::uint32_t alpha = from[x][3];
      for (int c = 0; c < 3; ++c) {
        const std::uint32_t light = from[x][2 - c] * alpha + white * (white - alpha);
        to[x][c] = static_cast<Value>((light + white / 2) / white);
      }
    }
  }
  return rgb;
}

/// OpenCV's grey, BGR or BGRA as RGB or grey.
cv::Mat arrange(cv::Mat image, int channels) {
  if (image.channels() == 4) {
    image =
        image.depth() == CV_8U ? over_white<std::uint8_t>(image) : over_white<std::uint16_t>(image);
    if (channels == 1) cv::cvtColor(image, image, cv::COLOR_RGB2GRAY);
  } else if (image.channels() == 3) {
    cv::cvtColor(image, image, channels == 1 ? cv::COLOR_BGR2GRAY : cv::COLOR_BGR2RGB);
  } else if (channels == 3) {
    cv::cvtColor(image, image, cv::COLOR_GRAY2RGB);
  }
  return image;
}

cv::Mat decode_by_opencv(std::span<const std::uint8_t> bytes, const std::string& name,
                         const ImageContainer& container, int channels) {
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<std::uint8_t*>(bytes.data()));
  cv::Mat image;
  try {
    image = cv::imdecode(encoded, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    image.release();
  }
  const char* const format = name_of(container.format);
  if (image.empty()) {
    throw UnreadableError(
        fmt::format("{}: bytes 0 to {}: damaged {} data; a complete {} was expected", name,
                    bytes.size() - 1, format, format));
  }
  if (image.depth() != CV_8U && image.depth() != CV_16U) {
    throw UnreadableError(
        fmt::format("{}: byte 0: a {} with values of {} bits; 8 or 16 bits without sign "
                    "were expected",
                    name, format, 8 * image.elemSize1()));
  }
  return arrange(std::move(image), channels);
}

}  // namespace

cv::Mat decode_image(std::span<const std::uint8_t> bytes, const std::string& name, int channels) {
  const ImageContainer container = inspect(bytes, name);
  const cv::Mat image = container.format == ImageFormat::jpeg
                            ? decode_jpeg(bytes, name, container, channels)
                            : decode_by_opencv(bytes, name, container, channels);
  return upright(image, container.orientation);
}

}  // namespace cmc::data
