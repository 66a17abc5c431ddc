#include "cmc/data/decode/image_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "cmc/data/decode/decode_depth.h"
#include "cmc/data/decode/decode_image.h"
#include "cmc/error.h"
#include "tests/files/png_file.h"
#include "tests/files/tiff_file.h"
#include "tests/files/webp_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

Bytes encoded_image(const std::string& ending) {
  Bytes bytes;
  cv::imencode(ending, cv::Mat(4, 6, CV_8UC3, cv::Scalar(30, 20, 10)), bytes,
               {cv::IMWRITE_WEBP_QUALITY, 101});
  return bytes;
}

/// With other bytes from `at` on.
Bytes changed(Bytes bytes, std::size_t at, const Bytes& others) {
  std::copy(others.begin(), others.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

TEST(ImageFormat, RefusesTooManyPixelsBeforeMemoryIsTaken) {
  const Bytes jpeg = encoded_image(".jpg");
  const std::uint8_t frame[] = {0xff, 0xc0, 0, 0x11, 8};
  const auto at = std::search(jpeg.begin(), jpeg.end(), std::begin(frame), std::end(frame));
  ASSERT_NE(at, jpeg.end());
  Bytes gif;
  append(gif, "GIF89a");
  append(gif, Bytes{0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0, 0, 255,  255, 255, 0x2c, 0,
                    0,    0,    0,    1,    0,    1, 0, 0, 2, 2, 0x44, 1,   0,   0x3b});
  Bytes page = tiff({.width = 4, .height = 3, .values = std::vector<std::uint32_t>(12, 1)});
  constexpr std::size_t directory = 8 + 12 + 2, value = 8;
  const std::pair<std::string, Bytes> files[] = {
      {"JPEG of 61680 × 61680",
       changed(jpeg, static_cast<std::size_t>(at - jpeg.begin()) + 5, {0xf0, 0xf0, 0xf0, 0xf0})},
      {"PNG of 100000 × 70000", png({100'000, 70'000, 8, 2, {}})},
      {"PNG of 100000 × 70000", png({100'000, 70'000, 16, 0, {}})},
      {"WebP of 65536 × 8192", animated_webp(65'536, 8192, {0, 0, 6, 4}, encoded_image(".webp"))},
      {"TIFF of 2004318071 × 3", changed(page, directory + value, {0x77, 0x77, 0x77, 0x77})},
      {"GIF of 65535 × 65535", gif},
      {"BMP of 7829367 × 7829367",
       changed(encoded_image(".bmp"), 18, {0x77, 0x77, 0x77, 0, 0x77, 0x77, 0x77, 0})},
  };
  for (const auto& [start, bytes] : files) {
    const std::string expected = "x: byte 0: a " + start + " pixels; 1 to 268435456 were expected";
    EXPECT_EQ(message_of<UnreadableError>([&] { decode_image(bytes, "x", 3); }), expected);
    EXPECT_EQ(message_of<UnreadableError>([&] { decode_depth(bytes, "x", 1); }), expected);
  }
}

TEST(ImageFormat, NamesWhatIsMetInPlaceOfAPicture) {
  const auto refusal = [](std::string_view text) {
    Bytes bytes;
    append(bytes, text);
    return message_of<UnreadableError>([&] { decode_image(bytes, "x.jpg", 3); });
  };
  EXPECT_EQ(
      refusal("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
      "x.jpg: byte 0: the file is a pointer of Git LFS, whose file `git lfs pull` gets; a JPEG, "
      "PNG, WebP, TIFF, GIF or BMP was expected");
  EXPECT_THAT(refusal({"\0\0\0\x18"
                       "ftypheic",
                       12}),
              testing::HasSubstr("the file is a HEIC"));
  EXPECT_THAT(refusal("<!DOCTYPE html>"), testing::HasSubstr("the file is a web page"));
  EXPECT_THAT(refusal("P5 1 1 255\n"), testing::HasSubstr("the file starts with \"P5 1 1 2\""));
}

TEST(ImageFormat, GoesByTheContent) {
  for (const auto& [ending, format] : {std::pair{".jpg", ImageFormat::jpeg},
                                       {".png", ImageFormat::png},
                                       {".webp", ImageFormat::webp},
                                       {".tif", ImageFormat::tiff},
                                       {".bmp", ImageFormat::bmp}}) {
    EXPECT_EQ(image_format(encoded_image(ending), "x"), format) << ending;
    EXPECT_EQ(decode_image(encoded_image(ending), "x", 3).size(), cv::Size(6, 4)) << ending;
  }
}

}  // namespace
}  // namespace cmc::data
