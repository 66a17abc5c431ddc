#include "cmc/data/decode/gif.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <optional>

#include "cmc/data/decode/decode_image.h"
#include "cmc/error.h"
#include "tests/files/bytes.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

struct GifFile {
  int width = 4, height = 4;                    // of the canvas
  int left = 0, top = 0, across = 4, down = 4;  // of the picture
  std::optional<int> transparent = {};
  bool interlaced = false;
};

/// A GIF whose pixel i has palette entry i % 4: (0, 0, 0), (50, 1, 2), (100, 2, 4), (150, 3, 6).
/// Codes of 3 bits, a clear code before each pair of pixels, so that none grows longer.
Bytes gif(const GifFile& file) {
  Bytes bytes;
  append(bytes, "GIF89a");
  put_little(bytes, static_cast<std::uint64_t>(file.width), 2);
  put_little(bytes, static_cast<std::uint64_t>(file.height), 2);
  append(bytes, Bytes{0x81, 0, 0, 0, 0, 0, 50, 1, 2, 100, 2, 4, 150, 3, 6});
  if (file.transparent)
    append(bytes, Bytes{0x21, 0xf9, 4, 1, 0, 0, static_cast<std::uint8_t>(*file.transparent), 0});
  append(bytes, Bytes{0x21, 0xfe, 3, 'h', 'e', 'y', 0, 0x2c});
  for (const int number : {file.left, file.top, file.across, file.down})
    put_little(bytes, static_cast<std::uint64_t>(number), 2);
  append(bytes, Bytes{static_cast<std::uint8_t>(file.interlaced ? 0x40 : 0), 2});
  std::vector<int> codes;
  constexpr int clear = 4, end = 5;
  for (int i = 0; i < file.across * file.down; ++i) {
    if (i % 2 == 0) codes.push_back(clear);
    codes.push_back(i % 4);
  }
  codes.push_back(end);
  Bytes packed((codes.size() * 3 + 7) / 8);
  for (std::size_t i = 0; i < codes.size() * 3; ++i)
    packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | (codes[i / 3] >> i % 3 & 1) << i % 8);
  bytes.push_back(static_cast<std::uint8_t>(packed.size()));
  append(bytes, packed);
  append(bytes, Bytes{0, 0x3b});
  return bytes;
}

const cv::Vec3b white(255, 255, 255);

cv::Vec3b entry(int i) {
  return {static_cast<std::uint8_t>(50 * i), static_cast<std::uint8_t>(i),
          static_cast<std::uint8_t>(2 * i)};
}

TEST(Gif, PutsTheFirstPictureOnItsCanvas) {
  const cv::Mat plain = decode_image(gif({}), "x", 3);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(plain.at<cv::Vec3b>(i / 4, i % 4), entry(i % 4)) << i;
  const cv::Mat part =
      decode_image(gif({.width = 7, .height = 5, .left = 2, .top = 1, .transparent = 3}), "x", 3);
  ASSERT_EQ(part.size(), cv::Size(7, 5));
  EXPECT_EQ(part.at<cv::Vec3b>(0, 0), white);
  EXPECT_EQ(part.at<cv::Vec3b>(1, 2), entry(0));
  EXPECT_EQ(part.at<cv::Vec3b>(4, 4), entry(2));
  EXPECT_EQ(part.at<cv::Vec3b>(4, 5), white);  // transparent
  EXPECT_EQ(part.at<cv::Vec3b>(4, 6), white);
}

TEST(Gif, OrdersInterlacedRows) {
  // Rows are stored in the order 0, 4, 2, 6, 1, 3, 5, 7; each of 3 pixels.
  const cv::Mat found = decode_image(
      gif({.width = 3, .height = 8, .across = 3, .down = 8, .interlaced = true}), "x", 3);
  const int stored_at[] = {0, 4, 2, 5, 1, 6, 3, 7};
  for (int y = 0; y < 8; ++y)
    EXPECT_EQ(found.at<cv::Vec3b>(y, 0), entry(stored_at[y] * 3 % 4)) << y;
}

TEST(Gif, NamesWhereItIsCut) {
  const Bytes whole = gif({.transparent = 1});
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    EXPECT_NE(message_of<UnreadableError>([&] { decode_image(cut(whole, size), "x", 3); }), "")
        << size;
  EXPECT_EQ(message_of<UnreadableError>([&] { decode_gif(cut(whole, 60), "x"); }),
            "x: byte 60: the GIF ends within its first picture");
  EXPECT_EQ(message_of<UnreadableError>([&] { decode_gif(cut(whole, whole.size() - 1), "x"); }),
            "");
}

}  // namespace
}  // namespace cmc::data
