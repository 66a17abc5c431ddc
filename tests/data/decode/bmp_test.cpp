#include "cmc/data/decode/bmp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "cmc/data/decode/decode_image.h"
#include "cmc/error.h"
#include "tests/files/bytes.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

struct BmpFile {
  int width, height;  // a negative height: rows from the top
  int bits;
  Bytes data;
  int compression = 0;
  std::vector<std::uint32_t> masks = {};
  Bytes palette = {};  // B, G, R, 0 an entry
  int header = 40;
};

Bytes bmp(const BmpFile& file) {
  Bytes info;
  put_little(info, static_cast<std::uint64_t>(file.header), 4);
  if (file.header == 12) {
    put_little(info, static_cast<std::uint64_t>(file.width), 2);
    put_little(info, static_cast<std::uint64_t>(file.height), 2);
    put_little(info, 1, 2);
    put_little(info, static_cast<std::uint64_t>(file.bits), 2);
  } else {
    put_little(info, static_cast<std::uint64_t>(file.width), 4);
    put_little(info, static_cast<std::uint64_t>(file.height), 4);
    put_little(info, 1, 2);
    put_little(info, static_cast<std::uint64_t>(file.bits), 2);
    put_little(info, static_cast<std::uint64_t>(file.compression), 4);
    put_little(info, 0, 20);
    for (const std::uint32_t mask : file.masks) put_little(info, mask, 4);
    if (info.size() < static_cast<std::size_t>(file.header))
      info.resize(static_cast<std::size_t>(file.header));
  }
  append(info, file.palette);
  Bytes bytes;
  append(bytes, "BM");
  put_little(bytes, 14 + info.size() + file.data.size(), 4);
  put_little(bytes, 0, 4);
  put_little(bytes, 14 + info.size(), 4);
  append(bytes, info);
  append(bytes, file.data);
  return bytes;
}

const Bytes four_colours = {3, 2, 1, 0, 30, 20, 10, 0, 90, 60, 30, 0, 255, 255, 255, 0};

std::vector<int> reds(const Bytes& bytes) {
  const cv::Mat found = decode_image(bytes, "x", 3);
  std::vector<int> values;
  for (int y = 0; y < found.rows; ++y)
    for (int x = 0; x < found.cols; ++x) values.push_back(found.at<cv::Vec3b>(y, x)[0]);
  return values;
}

using Reds = std::vector<int>;

TEST(Bmp, ReadsEveryDepthFromTheBottomUp) {
  const Bytes pixels24 = {1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0};  // 2 × 2
  EXPECT_EQ(reds(bmp({2, 2, 24, pixels24})), (Reds{9, 12, 3, 6}));
  EXPECT_EQ(reds(bmp({2, -2, 24, pixels24})), (Reds{3, 6, 9, 12}));
  const cv::Vec3b first = decode_image(bmp({2, 2, 24, pixels24}), "x", 3).at<cv::Vec3b>(0, 0);
  EXPECT_EQ(first, cv::Vec3b(9, 8, 7));
  EXPECT_EQ(reds(bmp({3, 1, 8, {2, 0, 1, 0}, 0, {}, four_colours})), (Reds{30, 1, 10}));
  EXPECT_EQ(reds(bmp({3, 1, 4, {0x20, 0x10, 0, 0}, 0, {}, four_colours})), (Reds{30, 1, 10}));
  EXPECT_EQ(reds(bmp({10, 1, 1, {0b10110000, 0b01000000, 0, 0}, 0, {}, four_colours})),
            (Reds{10, 1, 10, 10, 1, 1, 1, 1, 1, 10}));
  // 5 bits each; 5, 6 and 5 by masks.
  EXPECT_EQ(reds(bmp({2, 1, 16, {0x00, 0x7c, 0x00, 0x40}})), (Reds{255, 132}));
  EXPECT_EQ(reds(bmp({2, 1, 16, {0x00, 0xf8, 0xe0, 0x07}, 3, {0xf800, 0x7e0, 0x1f}})),
            (Reds{255, 0}));
  EXPECT_EQ(reds(bmp({1, 1, 8, {1, 0, 0, 0}, 0, {}, {0, 0, 7, 0, 0, 8}, 12})), (Reds{8}));
}

TEST(Bmp, HasAlphaOnlyWhereItsHeaderHasAMaskForIt) {
  const Bytes pixel = {10, 20, 200, 51};  // B, G, R and α = 0.2
  EXPECT_EQ(reds(bmp({1, 1, 32, pixel})), (Reds{200}));
  EXPECT_EQ(reds(bmp({1, 1, 32, pixel, 3, {0xff0000, 0xff00, 0xff}})), (Reds{200}));
  EXPECT_EQ(reds(bmp({1, 1, 32, pixel, 3, {0xff0000, 0xff00, 0xff, 0xff000000}, {}, 56})),
            (Reds{244}));  // 0.2 · 200 + 0.8 · 255
}

TEST(Bmp, ReadsRuns) {
  // Bottom row: 3 × entry 2, then 1; a move by (1, 1) lands in the top row: two single ones.
  const Bytes eight = {3, 2, 1, 1, 0, 0, 0, 2, 1, 0, 0, 3, 3, 1, 2, 0, 0, 1};
  EXPECT_EQ(reds(bmp({4, 2, 8, eight, 1, {}, four_colours})),
            (Reds{0, 255, 10, 30, 30, 30, 30, 10}));
  // 5 pixels alternate between 1 and 2; then three single ones, filled up to an even byte.
  const Bytes four = {5, 0x12, 0, 0, 0, 3, 0x31, 0x20, 0, 1};
  EXPECT_EQ(reds(bmp({5, 2, 4, four, 2, {}, four_colours})),
            (Reds{255, 10, 30, 0, 0, 10, 30, 10, 30, 10}));
  EXPECT_THAT(message_of<UnreadableError>([&] {
                decode_bmp(bmp({4, 1, 8, {4, 1, 0, 0, 4, 1, 0, 1}, 1, {}, four_colours}), "x");
              }),
              HasSubstr("holds more rows than the 1 that it states"));
}

TEST(Bmp, NamesWhatIsCutOrForeign) {
  const Bytes whole = bmp({2, 2, 24, {1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12}});
  EXPECT_EQ(message_of<UnreadableError>([&] { decode_bmp(whole, "x"); }), "");  // no filling
  for (std::size_t size = 2; size < whole.size(); ++size)
    EXPECT_NE(message_of<UnreadableError>([&] { decode_bmp(cut(whole, size), "x"); }), "") << size;
  EXPECT_EQ(message_of<UnreadableError>([&] { decode_bmp(cut(whole, whole.size() - 1), "x"); }),
            "x: byte 67: the BMP ends early; 68 bytes were expected");
  const Bytes runs = bmp({4, 1, 8, {4, 1}, 1, {}, four_colours});
  EXPECT_THAT(message_of<UnreadableError>([&] { decode_bmp(runs, "x"); }), HasSubstr("ends early"));
  EXPECT_THAT(message_of<UnreadableError>([&] {
                decode_bmp(bmp({1, 1, 0, {}, 4}), "x");
              }),
              HasSubstr("a BMP of 0 bits with compression 4"));
  Bytes far = whole;
  for (int i = 10; i < 14; ++i) far[static_cast<std::size_t>(i)] = 0xff;
  EXPECT_THAT(message_of<UnreadableError>([&] { decode_bmp(far, "x"); }), HasSubstr("ends early"));
}

}  // namespace
}  // namespace cmc::data
