#include "cmc/data/decode/webp.h"
#include "cmc/error.h"

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>
#include <opencv2/core.hpp>

#include "cmc/data/decode/exif.h"
#include "cmc/data/decode/image_format.h"
#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

[[noreturn]] void fail_webp(const std::string& name, std::size_t size) {
  throw UnreadableError(fmt::format(
      "{}: bytes 0 to {}: damaged WebP data; a complete WebP was expected", name, size - 1));
}

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};

/// The EXIF orientation that the file's chunks state.
int orientation_of(const WebPDemuxer& demuxer) {
  int orientation = 1;
  WebPChunkIterator chunk{};
  if (WebPDemuxGetChunk(&demuxer, "EXIF", 1, &chunk) != 0) {
    const std::string empty;
    const files::CheckedBytes block({chunk.chunk.bytes, chunk.chunk.size}, empty, "EXIF block");
    const std::size_t start = block.has(0, {"Exif\0\0", 6}) ? 6 : 0;
    orientation = exif_orientation(block.slice(start, block.size() - start));
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

void decode_into(const cv::Mat& pixels, std::span<const std::uint8_t> bytes,
                 const std::string& name) {
  const int step = static_cast<int>(pixels.step[0]);
  const std::size_t size = pixels.step[0] * static_cast<std::size_t>(pixels.rows);
  const auto* const decoded =
      pixels.channels() == 4
          ? WebPDecodeRGBAInto(bytes.data(), bytes.size(), pixels.data, size, step)
          : WebPDecodeRGBInto(bytes.data(), bytes.size(), pixels.data, size, step);
  if (decoded == nullptr) fail_webp(name, bytes.size());
}

}  // namespace

StoredPicture decode_webp(std::span<const std::uint8_t> bytes, const std::string& name) {
  const files::CheckedBytes file(bytes, name, "WebP");
  constexpr std::size_t riff_head = 8;
  const auto stated = static_cast<std::size_t>(file.little_endian(4, 4));
  const auto whole = file.slice(0, stated + riff_head);
  const WebPData data{whole.data(), whole.size()};
  const std::unique_ptr<WebPDemuxer, DeleteDemuxer> demuxer(WebPDemux(&data));
  if (!demuxer) fail_webp(name, bytes.size());
  const std::uint32_t flags = WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS);
  const auto width = static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH));
  const auto height = static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT));
  check_pixels(name, "WebP", width, height);
  StoredPicture picture{.orientation = orientation_of(*demuxer)};
  if ((flags & ANIMATION_FLAG) == 0) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(whole.data(), whole.size(), &features) != VP8_STATUS_OK)
      fail_webp(name, bytes.size());
    // A VP8X header may state another size than the picture inside has.
    check_pixels(name, "WebP", features.width, features.height);
    picture.pixels.create(features.height, features.width, CV_8UC(features.has_alpha != 0 ? 4 : 3));
    decode_into(picture.pixels, whole, name);
    return picture;
  }
  WebPIterator frame{};
  const auto release = [](WebPIterator* used) { WebPDemuxReleaseIterator(used); };
  const std::unique_ptr<WebPIterator, decltype(release)> at_end(&frame, release);
  const cv::Rect canvas(0, 0, width, height);
  if (WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) fail_webp(name, bytes.size());
  const cv::Rect place(frame.x_offset, frame.y_offset, frame.width, frame.height);
  if ((canvas & place) != place) fail_webp(name, bytes.size());
  picture.pixels = cv::Mat(canvas.size(), CV_8UC4, cv::Scalar::all(0));
  decode_into(picture.pixels(place), {frame.fragment.bytes, frame.fragment.size}, name);
  return picture;
}

}  // namespace cmc::data
