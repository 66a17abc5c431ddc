#include "cmc/data/decode/tiff.h"

#include <fmt/format.h>

#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/decode/image_format.h"
#include "cmc/data/decode/tiff_file.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Whether the values can be taken as they are stored.
bool is_plain(const TiffPage& page) {
  if (page.photometric != PHOTOMETRIC_MINISBLACK && page.photometric != PHOTOMETRIC_RGB &&
      !(page.photometric == PHOTOMETRIC_MINISWHITE && page.samples == 1 && !page.is_float()))
    return false;
  return page.bits == 8 || page.bits >= 16;
}

class TiffPictureReader {
 public:
  TiffPictureReader(std::span<const std::uint8_t> bytes, const std::string& name)
      : name_(name), file_(bytes, name), page_(file_.page()) {}

  StoredPicture read() {
    check_pixels(name_, "TIFF", page_.width, page_.height);
    check_kind();
    StoredPicture picture = is_plain(page_) ? read_plain() : read_converted();
    if (page_.orientation >= 1 && page_.orientation <= 8) picture.orientation = page_.orientation;
    return picture;
  }

 private:
  void check_kind() const {
    const bool ink = page_.photometric == PHOTOMETRIC_SEPARATED;
    if (page_.samples > (ink ? 5 : 4))
      throw UnreadableError(fmt::format(
          "{}: byte 0: a TIFF of {} bands; 1 (grey) or 3 (R, G, B) were expected, each with or "
          "without alpha; kind = \"bands\" reads all bands",
          name_, page_.samples));
    const bool whole = page_.is_whole();
    if (!(whole && page_.bits <= 16) && !(page_.is_float() && page_.bits == 32))
      throw UnreadableError(fmt::format(
          "{}: byte 0: a TIFF with {} values of {} bits; 8 or 16 bits without sign were expected",
          name_,
          whole                              ? "whole"
          : page_.is_float()                 ? "floating-point"
          : page_.format == SAMPLEFORMAT_INT ? "signed"
                                             : "complex",
          page_.bits));
  }

  StoredPicture read_plain() {
    const int depth = page_.is_float() ? CV_32F : page_.bits == 8 ? CV_8U : CV_16U;
    const int samples = page_.samples;
    cv::Mat stored(height(), width(), CV_MAKETYPE(depth, samples));
    if (page_.planes == PLANARCONFIG_SEPARATE && samples > 1) {
      std::vector<cv::Mat> planes;
      for (int s = 0; s < samples; ++s) {
        planes.emplace_back(height(), width(), depth);
        file_.read_samples(planes.back(), static_cast<std::uint16_t>(s));
      }
      cv::merge(planes, stored);
    } else {
      file_.read_samples(stored, 0);
    }
    if (page_.photometric == PHOTOMETRIC_MINISWHITE) cv::bitwise_not(stored, stored);

    const int colours = (samples >= 3 ? 3 : 1);
    if (samples == colours) return {.pixels = stored};
    const bool declared = !page_.extra.empty();
    const std::uint16_t meaning = declared ? page_.extra.back() : EXTRASAMPLE_UNASSALPHA;
    if (meaning == EXTRASAMPLE_UNASSALPHA || meaning == EXTRASAMPLE_ASSOCALPHA)
      return {.pixels = stored, .premultiplied = meaning == EXTRASAMPLE_ASSOCALPHA};
    cv::Mat coloured(stored.size(), CV_MAKETYPE(depth, colours));
    std::vector<int> kept;
    for (int c = 0; c < colours; ++c) kept.insert(kept.end(), {c, c});
    cv::mixChannels({stored}, {coloured}, kept);
    return {.pixels = coloured};
  }

  /// By libtiff's own conversion to R, G, B, A of 8 bits, which multiplies by alpha.
  StoredPicture read_converted() {
    char reason[1024] = {};
    TIFFRGBAImage image{};
    if (TIFFRGBAImageOK(file_.handle(), reason) == 0 ||
        TIFFRGBAImageBegin(&image, file_.handle(), 1, reason) == 0)
      throw UnreadableError(fmt::format("{}: byte 0: a TIFF of another kind ({})", name_, reason));
    const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> at_end(&image, TIFFRGBAImageEnd);
    image.req_orientation = image.orientation;  // as it is stored
    cv::Mat packed(height(), width(), CV_32SC1, cv::Scalar::all(0));
    if (TIFFRGBAImageGet(&image, packed.ptr<std::uint32_t>(), page_.width, page_.height) == 0)
      file_.fail();
    cv::Mat pixels(packed.size(), image.alpha != 0 ? CV_8UC4 : CV_8UC3);
    for (int y = 0; y < packed.rows; ++y) {
      const auto* const from = packed.ptr<std::uint32_t>(y);
      std::uint8_t* to = pixels.ptr(y);
      for (int x = 0; x < packed.cols; ++x) {
        for (int c = 0; c < pixels.channels(); ++c)
          *to++ = static_cast<std::uint8_t>(from[x] >> 8 * c);
      }
    }
    return {.pixels = pixels, .premultiplied = true};
  }

  int width() const { return static_cast<int>(page_.width); }
  int height() const { return static_cast<int>(page_.height); }

  const std::string& name_;
  TiffFile file_;
  const TiffPage& page_;
};

}  // namespace

StoredPicture decode_tiff(std::span<const std::uint8_t> bytes, const std::string& name) {
  return TiffPictureReader(bytes, name).read();
}

}  // namespace cmc::data
