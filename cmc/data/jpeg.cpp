#include "cmc/data/jpeg.h"

#include <turbojpeg.h>

#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "cmc/data/unreadable.h"

namespace cmc::data {
namespace {

/// One decoder a thread: making one for each picture would cost more than a small picture.
tjhandle decoder() {
  struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  thread_local const std::unique_ptr<void, Destroy> handle(tjInitDecompress());
  check(handle != nullptr, "libturbojpeg can't start: {}", tjGetErrorStr2(nullptr));
  return handle.get();
}

[[noreturn]] void fail_decoding(std::span<const std::uint8_t> bytes, const std::string& name,
                                const ImageContainer& container) {
  std::string_view message = tjGetErrorStr2(decoder());
  if (const std::size_t called = message.find("(): "); called != message.npos) {
    message.remove_prefix(called + 4);  // the name of the function
  }
  if (message.starts_with("Premature end")) {
    throw UnreadableError(
        fmt::format("{}: byte {}: the JPEG ends early; its end-of-image marker was expected", name,
                    bytes.size()));
  }
  throw UnreadableError(fmt::format("{}: bytes {} to {}: damaged JPEG data ({})", name,
                                    container.data, bytes.size() - 1, message));
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

cv::Mat decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name,
                    const ImageContainer& container, int channels) {
  const tjhandle handle = decoder();
  int width = 0, height = 0, subsampling = 0, colour_space = 0;
  if (tjDecompressHeader3(handle, bytes.data(), bytes.size(), &width, &height, &subsampling,
                          &colour_space) != 0) {
    fail_decoding(bytes, name, container);
  }
  constexpr std::int64_t most_pixels = std::int64_t{1} << 28;
  if (std::int64_t{width} * height > most_pixels) {
    throw UnreadableError(
        fmt::format("{}: byte 0: a JPEG of {} × {} pixels; at most {} were expected", name, width,
                    height, most_pixels));
  }
  const bool cmyk = colour_space == TJCS_CMYK || colour_space == TJCS_YCCK;
  const TJPF pixels = cmyk ? TJPF_CMYK : channels == 1 ? TJPF_GRAY : TJPF_RGB;
  cv::Mat image(height, width, CV_8UC(tjPixelSize[pixels]));
  if (tjDecompress2(handle, bytes.data(), bytes.size(), image.data, width,
                    static_cast<int>(image.step), height, pixels,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0) {
    fail_decoding(bytes, name, container);
  }
  if (!cmyk) return image;
  image = rgb_of_cmyk(image, container.adobe);
  if (channels == 1) cv::cvtColor(image, image, cv::COLOR_RGB2GRAY);
  return image;
}

}  // namespace cmc::data
