#include "cmc/data/decode/jpeg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "cmc/data/decode/decode_image.h"
#include "cmc/data/decode/picture_files.h"
#include "cmc/error.h"
#include "cmc/random.h"
#include "tests/files/bytes.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// A picture of blobs and grain.
cv::Mat scene(cv::Size size) {
  cv::RNG random(7);
  cv::Mat coarse(5, 6, CV_8UC3), smooth, grain(size, CV_8UC3);
  random.fill(coarse, cv::RNG::UNIFORM, 0, 200);
  random.fill(grain, cv::RNG::UNIFORM, 0, 50);
  cv::resize(coarse, smooth, size, 0, 0, cv::INTER_CUBIC);
  return smooth + grain;
}

struct JpegFormat {
  const char* name;
  int subsampling;
  int flags = 0;
};

const JpegFormat jpeg_formats[] = {
    {"4:4:4", TJSAMP_444},
    {"4:2:2", TJSAMP_422},
    {"4:2:0", TJSAMP_420},
    {"4:4:0", TJSAMP_440},
    {"4:1:1", TJSAMP_411},
    {"grey", TJSAMP_GRAY},
    {"4:2:0 progressive", TJSAMP_420, TJFLAG_PROGRESSIVE},
    {"4:4:4 progressive", TJSAMP_444, TJFLAG_PROGRESSIVE},
};

Bytes jpeg_of(const cv::Mat& rgb, const JpegFormat& format, int quality = 85) {
  tjhandle compressor = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(compressor, rgb.data, rgb.cols, static_cast<int>(rgb.step[0]), rgb.rows,
                        TJPF_RGB, &data, &size, format.subsampling, quality, format.flags),
            0)
      << tjGetErrorStr2(compressor);
  Bytes bytes(data, data + size);
  tjFree(data);
  tjDestroy(compressor);
  return bytes;
}

/// The JPEG with an EXIF block that has an orientation alone.
Bytes oriented(Bytes jpeg, int orientation) {
  const std::string block("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01", 24);
  Bytes segment = {0xff, 0xe1, 0, static_cast<std::uint8_t>(2 + block.size() + 8)};
  segment.insert(segment.end(), block.begin(), block.end());
  for (const int byte : {0, orientation, 0, 0, 0, 0, 0, 0})
    segment.push_back(static_cast<std::uint8_t>(byte));
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

/// Some windows of a picture: all of it, single pixels in its corners, and random ones.
std::vector<cv::Rect> windows_of(cv::Size size, int random_ones) {
  std::vector<cv::Rect> windows = {{{0, 0}, size},
                                   {0, 0, 1, 1},
                                   {size.width - 1, size.height - 1, 1, 1},
                                   {size.width / 2, 0, 1, size.height},
                                   {0, size.height / 2, size.width, 1}};
  RandomStream stream(RandomPurpose::made_data, 3);
  for (int i = 0; i < random_ones; ++i) {
    const int width = 1 + static_cast<int>(stream.below(size.width));
    const int height = 1 + static_cast<int>(stream.below(size.height));
    windows.emplace_back(static_cast<int>(stream.below(size.width - width + 1)),
                         static_cast<int>(stream.below(size.height - height + 1)), width, height);
  }
  return windows;
}

/// Expects each window of the picture in `bytes` to be that of the picture as it is decoded whole.
void expect_windows_of_the_whole(const Bytes& bytes, const std::string& what, int channels,
                                 int random_ones) {
  const cv::Mat whole = decode_image(bytes, what, channels);
  for (const cv::Rect& window : windows_of(whole.size(), random_ones)) {
    for (const DataRead read : {DataRead::all, DataRead::needed}) {
      const Excerpt found = decode_cutout(
          bytes, what, channels,
          [&](cv::Size size) {
            EXPECT_EQ(size, whole.size()) << what;
            return Cutout{.window = window};
          },
          read);
      const Extent& at = found.extent;
      ASSERT_EQ(cv::Size(static_cast<int>(at.length), static_cast<int>(at.height)), whole.size())
          << what;
      const cv::Rect place(static_cast<int>(at.first), static_cast<int>(at.top), found.value.cols,
                           found.value.rows);
      ASSERT_EQ(place & window, window) << what;
      ASSERT_EQ(found.value.type(), whole.type()) << what;
      ASSERT_EQ(cv::norm(found.value, whole(place), cv::NORM_INF), 0)
          << what << ", window " << window << " of " << whole.size();
    }
  }
}

TEST(DecodeJpeg, GivesThePixelsOfTheWholeBitForBit) {
  for (const cv::Size size : {cv::Size(131, 97), cv::Size(64, 48), cv::Size(17, 33),
                              cv::Size(200, 5), cv::Size(3, 70), cv::Size(1, 1)}) {
    for (const JpegFormat& format : jpeg_formats)
      for (const int channels : {3, 1})
        expect_windows_of_the_whole(jpeg_of(scene(size), format), format.name, channels,
                                    channels == 3 ? 40 : 10);
  }
}

TEST(DecodeJpeg, MakesNoMorePixelsThanAreAskedFor) {
  const cv::Rect window(60, 40, 20, 10);
  for (const JpegFormat& format : jpeg_formats) {
    const Excerpt found = decode_cutout(jpeg_of(scene({131, 97}), format), format.name, 3,
                                        [&](cv::Size) { return Cutout{.window = window}; });
    EXPECT_EQ(found.value.size(), window.size()) << format.name;
    EXPECT_EQ(found.extent.first, window.x) << format.name;
    EXPECT_EQ(found.extent.top, window.y) << format.name;
  }
}

TEST(DecodeJpeg, FindsTheWindowInEachOrientation) {
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const JpegFormat& format : {jpeg_formats[1], jpeg_formats[2], jpeg_formats[6]})
      expect_windows_of_the_whole(oriented(jpeg_of(scene({67, 45}), format), orientation),
                                  format.name, 3, 20);
}

TEST(DecodeJpeg, MakesAllWhereScansThatAreMissingLetBlocksBeSmoothed) {
  Bytes bytes = jpeg_of(scene({131, 97}), jpeg_formats[6]);
  // Up to its third scan.
  auto at = bytes.begin();
  for (int scan = 0; scan < 3; ++scan) {
    const std::uint8_t start[] = {0xff, 0xda};
    at = std::search(at + 1, bytes.end(), std::begin(start), std::end(start));
    ASSERT_NE(at, bytes.end());
  }
  bytes.erase(at, bytes.end());
  bytes.insert(bytes.end(), {0xff, 0xd9});
  expect_windows_of_the_whole(bytes, "incomplete", 3, 20);
}

TEST(DecodeJpeg, RefusesDamageWhicheverPartIsAskedFor) {
  const ChooseCutout corner = [](cv::Size) { return Cutout{.window = {0, 0, 30, 20}}; };
  for (const JpegFormat& format : jpeg_formats) {
    const Bytes whole = jpeg_of(scene({131, 97}), format);
    for (const double share : {0.3, 0.6, 0.9}) {
      const Bytes cut(whole.begin(),
                      whole.begin() + static_cast<std::ptrdiff_t>(share * double(whole.size())));
      const std::string message =
          message_of<UnreadableError>([&] { decode_image(cut, format.name, 3); });
      EXPECT_THAT(message, ::testing::HasSubstr("the JPEG ends early"));
      EXPECT_EQ(message_of<UnreadableError>([&] { decode_cutout(cut, format.name, 3, corner); }),
                message);
    }
    // A marker amid the data.
    Bytes damaged = whole;
    damaged[whole.size() * 4 / 5] = 0xff;
    damaged[whole.size() * 4 / 5 + 1] = 0xd9;
    EXPECT_EQ(message_of<UnreadableError>([&] { decode_cutout(damaged, format.name, 3, corner); }),
              message_of<UnreadableError>([&] { decode_image(damaged, format.name, 3); }))
        << format.name;
  }
}

TEST(DecodeJpeg, NamesAWindowThatIsNotWithinThePicture) {
  const Bytes bytes = jpeg_of(scene({40, 30}), jpeg_formats[0]);
  EXPECT_EQ(
      message_of<Error>([&] {
        decode_cutout(bytes, "x", 3, [](cv::Size) { return Cutout{.window = {30, 0, 11, 30}}; });
      }),
      "x: 11 × 30 pixels from (30, 0) were asked for; it has 40 × 30");
  EXPECT_EQ(message_of<Error>([&] {
              decode_cutout(bytes, "x", 3, [](cv::Size) {
                return Cutout{.window = {0, 0, 40, 30}, .coarseness = 3};
              });
            }),
            "x: its pixels were asked for 3 as one; 1, 2, 4 or 8 can be");
}

TEST(DecodeJpeg, ReadsCoarselyNearTheMeanOfEachBlock) {
  // Smooth in each channel: the low frequencies, which are kept, are all there is.
  cv::Mat small(4, 5, CV_8UC3), picture;
  cv::RNG(5).fill(small, cv::RNG::UNIFORM, 20, 230);
  cv::resize(small, picture, {203, 157}, 0, 0, cv::INTER_CUBIC);
  for (const int orientation : {1, 3, 6, 8}) {
    for (const int coarseness : {2, 4, 8}) {
      const Bytes bytes = oriented(jpeg_of(picture, jpeg_formats[2], 95), orientation);
      const cv::Mat whole = decode_image(bytes, "x", 3);
      const cv::Rect window(24, 40, 88, 72);
      const Excerpt found = decode_cutout(bytes, "x", 3, [&](cv::Size) {
        return Cutout{window, coarseness};
      });
      const Extent& at = found.extent;
      ASSERT_EQ(at.coarseness, coarseness);
      ASSERT_EQ(at.length, whole.cols);
      ASSERT_EQ(at.height, whole.rows);
      const cv::Rect place(static_cast<int>(at.first), static_cast<int>(at.top),
                           coarseness * found.value.cols, coarseness * found.value.rows);
      ASSERT_EQ(place & window, window);
      EXPECT_LE(found.value.cols, window.width / coarseness + 2);
      cv::Mat mean;
      ASSERT_EQ(place & cv::Rect({0, 0}, whole.size()), place);
      cv::resize(whole(place), mean, found.value.size(), 0, 0, cv::INTER_AREA);
      EXPECT_LE(cv::norm(found.value, mean, cv::NORM_L1) / static_cast<double>(3 * mean.total()),
                2.0)
          << "orientation " << orientation << ", coarseness " << coarseness;
    }
  }
}

TEST(PictureFiles, RefuseADamagedFileWhicheverPartIsAskedForAndReadNoFurtherOnceItIsChecked) {
  const TemporaryFolder folder;
  const PictureFiles files(3);
  const ChooseCutout corner = [](cv::Size) { return Cutout{.window = {0, 0, 30, 20}}; };
  const Bytes bytes = jpeg_of(scene({131, 97}), jpeg_formats[2]);
  const std::string text(bytes.begin(), bytes.end());
  folder.write("a.jpg", text.substr(0, text.size() * 9 / 10));
  const auto path = folder / "a.jpg";
  const std::string message = message_of<UnreadableError>([&] { files.read(path, nullptr); });
  EXPECT_THAT(message, ::testing::HasSubstr("ends early"));
  for (int time = 0; time < 2; ++time)
    EXPECT_EQ(message_of<UnreadableError>([&] { files.read(path, corner); }), message);
  folder.write("a.jpg", text);
  const cv::Mat first = files.read(path, corner).value, then = files.read(path, corner).value;
  EXPECT_EQ(cv::norm(first, then, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(first, files.read(path, nullptr).value({0, 0, 30, 20}), cv::NORM_INF), 0);
  EXPECT_THAT(message_of<UnreadableError>([&] { files.read(folder / "b.jpg", corner); }),
              ::testing::HasSubstr("b.jpg"));
}

/// A JPEG without the segments of one marker, such as 0xdb (DQT), in its header.
Bytes without_segments(const Bytes& jpeg, std::uint8_t marker) {
  Bytes left(jpeg.begin(), jpeg.begin() + 2);
  std::size_t at = 2;
  while (jpeg[at + 1] != 0xda) {
    const std::size_t length = 2 + 256 * std::size_t{jpeg[at + 2]} + jpeg[at + 3];
    if (jpeg[at + 1] != marker)
      left.insert(left.end(), jpeg.begin() + at, jpeg.begin() + at + length);
    at += length;
  }
  left.insert(left.end(), jpeg.begin() + at, jpeg.end());
  return left;
}

TEST(Jpeg, GetsNoTableOfTheFileBeforeIt) {
  const JpegFormat format{"4:2:0", TJSAMP_420};
  const Bytes good = jpeg_of(scene({40, 30}), format);
  const Bytes optimised = jpeg_of(scene({40, 30}), {"own codes", TJSAMP_420, TJFLAG_PROGRESSIVE});
  // Frames of Motion JPEG have no Huffman tables: the standard's are meant.
  const Bytes frame = without_segments(good, 0xc4), unscaled = without_segments(good, 0xdb);
  const cv::Mat whole = decode_jpeg(good, "good", 3).pixels;
  for (int i = 0; i < 3; ++i) {
    decode_jpeg(optimised, "optimised", 3);
    EXPECT_EQ(cv::norm(decode_jpeg(frame, "frame", 3).pixels, whole, cv::NORM_INF), 0);
    decode_jpeg(good, "good", 3);
    EXPECT_THAT(message_of<UnreadableError>([&] { decode_jpeg(unscaled, "unscaled", 3); }),
                testing::HasSubstr("Quantization table 0x00 was not defined"));
  }
}

}  // namespace
}  // namespace cmc::data
