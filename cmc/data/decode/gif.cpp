#include "cmc/data/decode/gif.h"

#include <fmt/format.h>
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/decode/image_format.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// What giflib reads from.
struct GifBytes {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
};

int read_gif(GifFileType* gif, GifByteType* to, int length) {
  auto& source = *static_cast<GifBytes*>(gif->UserData);
  const std::size_t count =
      std::min(static_cast<std::size_t>(length), source.bytes.size() - source.at);
  std::copy_n(source.bytes.begin() + static_cast<std::ptrdiff_t>(source.at), count, to);
  source.at += count;
  return static_cast<int>(count);
}

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

class GifReader {
 public:
  GifReader(std::span<const std::uint8_t> bytes, const std::string& name)
      : source_{bytes}, name_(name) {
    int error = 0;
    gif_.reset(DGifOpen(&source_, read_gif, &error));
    if (!gif_) fail(error);
  }

  StoredPicture first_picture() {
    seek_picture();
    const GifImageDesc& image = gif_->Image;
    const int width = std::max(gif_->SWidth, image.Left + image.Width);
    const int height = std::max(gif_->SHeight, image.Top + image.Height);
    check_pixels(name_, "GIF", width, height);
    check_pixels(name_, "GIF", image.Width, image.Height);
    const ColorMapObject* const palette =
        image.ColorMap != nullptr ? image.ColorMap : gif_->SColorMap;
    if (palette == nullptr)
      throw UnreadableError(fmt::format("{}: byte {}: a GIF without a palette", name_, source_.at));
    cv::Mat canvas(height, width, CV_8UC4, cv::Scalar::all(0));
    paint(canvas(cv::Rect(image.Left, image.Top, image.Width, image.Height)), *palette);
    const bool whole = image.Width == width && image.Height == height;
    if (!whole || transparent_ != NO_TRANSPARENT_COLOR) return {.pixels = canvas};
    StoredPicture picture;
    picture.pixels.create(canvas.size(), CV_8UC3);
    cv::mixChannels({canvas}, {picture.pixels}, {0, 0, 1, 1, 2, 2});
    return picture;
  }

 private:
  [[noreturn]] void fail(int error) const {
    if (error == D_GIF_ERR_READ_FAILED || error == D_GIF_ERR_EOF_TOO_SOON ||
        source_.at == source_.bytes.size())
      throw UnreadableError(fmt::format("{}: byte {}: the GIF ends within its first picture", name_,
                                        source_.bytes.size()));
    const char* const reason = GifErrorString(error);
    throw UnreadableError(fmt::format("{}: bytes 0 to {}: damaged GIF data ({})", name_, source_.at,
                                      reason != nullptr ? reason : "unknown"));
  }

  void require(int result) const {
    if (result != GIF_OK) fail(gif_->Error);
  }

  /// Reads up to the first picture's pixels.
  void seek_picture() {
    for (;;) {
      GifRecordType type = UNDEFINED_RECORD_TYPE;
      require(DGifGetRecordType(gif_.get(), &type));
      if (type == IMAGE_DESC_RECORD_TYPE) {
        require(DGifGetImageDesc(gif_.get()));
        return;
      }
      if (type != EXTENSION_RECORD_TYPE)
        throw UnreadableError(
            fmt::format("{}: byte {}: the GIF holds no picture", name_, source_.at));
      int code = 0;
      GifByteType* block = nullptr;  // its length, then its bytes
      require(DGifGetExtension(gif_.get(), &code, &block));
      while (block != nullptr) {
        GraphicsControlBlock control;
        if (code == GRAPHICS_EXT_FUNC_CODE &&
            DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
          transparent_ = control.TransparentColor;
        require(DGifGetExtensionNext(gif_.get(), &block));
      }
    }
  }

  void paint(const cv::Mat& picture, const ColorMapObject& palette) {
    std::vector<GifPixelType> line(static_cast<std::size_t>(picture.cols));
    const auto paint_row = [&](int y) {
      require(DGifGetLine(gif_.get(), line.data(), picture.cols));
      auto* const to = const_cast<cv::Mat&>(picture).ptr<cv::Vec4b>(y);
      for (int x = 0; x < picture.cols; ++x) {
        const int index = line[static_cast<std::size_t>(x)];
        if (index == transparent_) continue;
        const GifColorType colour =
            index < palette.ColorCount ? palette.Colors[index] : GifColorType{};
        to[x] = {colour.Red, colour.Green, colour.Blue, 255};
      }
    };
    struct Pass {
      int first, step;
    };
    constexpr std::array<Pass, 4> interlaced = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    constexpr std::array<Pass, 1> plain = {{{0, 1}}};
    const auto passes =
        gif_->Image.Interlace ? std::span<const Pass>(interlaced) : std::span<const Pass>(plain);
    for (const Pass& pass : passes)
      for (int y = pass.first; y < picture.rows; y += pass.step) paint_row(y);
  }

  GifBytes source_;
  const std::string& name_;
  std::unique_ptr<GifFileType, CloseGif> gif_;
  int transparent_ = NO_TRANSPARENT_COLOR;
};

}  // namespace

StoredPicture decode_gif(std::span<const std::uint8_t> bytes, const std::string& name) {
  return GifReader(bytes, name).first_picture();
}

}  // namespace cmc::data
