#include "cmc/data/decode/decode_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "cmc/error.h"
#include "tests/files/bytes.h"
#include "tests/files/png_file.h"
#include "tests/files/tiff_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// A picture without symmetries, 40 × 24: smooth, so that JPEG keeps it closely; values up to
/// `scale` · 250.
cv::Mat picture(int type, int scale = 1) {
  cv::Mat image(24, 40, type);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      for (int c = 0; c < image.channels(); ++c) {
        const int value = scale * (c == 0 ? 10 + 6 * x : c == 1 ? 250 - 8 * y : 20 + 3 * x + 3 * y);
        if (image.depth() == CV_8U) {
          image.ptr<std::uint8_t>(y)[x * image.channels() + c] = static_cast<std::uint8_t>(value);
        } else {
          image.ptr<std::uint16_t>(y)[x * image.channels() + c] = static_cast<std::uint16_t>(value);
        }
      }
    }
  }
  return image;
}

Bytes encoded(const std::string& ending, const cv::Mat& image,
              const std::vector<int>& parameters = {}) {
  Bytes bytes;
  cv::imencode(ending, image, bytes, parameters);
  return bytes;
}

cv::Mat swapped(const cv::Mat& bgr) {
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return rgb;
}

/// The largest difference of two pictures of one size and type.
double difference(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return 1e9;
  return cv::norm(a, b, cv::NORM_INF);
}

cv::Mat decode(const Bytes& bytes, int channels = 3) {
  return decode_image(bytes, "x", channels);
}

TEST(DecodeImage, KeepsTheBitsAndOrdersColoursRedGreenBlue) {
  const cv::Mat colour = picture(CV_8UC3), deep = picture(CV_16UC3, 250);
  EXPECT_EQ(difference(decode(encoded(".png", colour)), swapped(colour)), 0);
  EXPECT_EQ(difference(decode(encoded(".tiff", colour)), swapped(colour)), 0);
  EXPECT_EQ(difference(decode(encoded(".webp", colour, {cv::IMWRITE_WEBP_QUALITY, 101})),
                       swapped(colour)),
            0);
  EXPECT_LE(
      difference(decode(encoded(".jpg", colour, {cv::IMWRITE_JPEG_QUALITY, 100})), swapped(colour)),
      6);
  EXPECT_EQ(difference(decode(encoded(".png", deep)), swapped(deep)), 0);
  EXPECT_EQ(difference(decode(encoded(".tiff", deep)), swapped(deep)), 0);
}

TEST(DecodeImage, RepeatsGreyAndTakesTheLumaOfColour) {
  const cv::Mat grey = picture(CV_8UC1), deep = picture(CV_16UC1, 250);
  for (const char* const ending : {".png", ".tiff"}) {
    EXPECT_EQ(difference(decode(encoded(ending, grey), 1), grey), 0) << ending;
    EXPECT_EQ(difference(decode(encoded(ending, deep), 1), deep), 0) << ending;
    const cv::Mat three = decode(encoded(ending, deep));
    ASSERT_EQ(three.type(), CV_16UC3) << ending;
    EXPECT_EQ(three.at<cv::Vec3w>(7, 9), cv::Vec3w::all(deep.at<std::uint16_t>(7, 9))) << ending;
  }
  EXPECT_LE(difference(decode(encoded(".jpg", grey, {cv::IMWRITE_JPEG_QUALITY, 100}), 1), grey), 2);
  EXPECT_EQ(decode(encoded(".jpg", grey)).type(), CV_8UC3);
  const cv::Mat plain(8, 8, CV_8UC3, cv::Scalar(200, 100, 50));  // B, G, R
  for (const char* const ending : {".png", ".tiff", ".jpg"}) {
    EXPECT_NEAR(decode(encoded(ending, plain), 1).at<std::uint8_t>(3, 3),
                0.299 * 50 + 0.587 * 100 + 0.114 * 200, 1.5)
        << ending;
  }
}

TEST(DecodeImage, ShowsWhiteThroughTransparentPixels) {
  const cv::Mat image(4, 4, CV_8UC4, cv::Scalar(10, 20, 200, 51));  // α = 0.2
  const auto over_white = [](double value, double white) { return 0.2 * value + 0.8 * white; };
  for (const char* const ending : {".png", ".tiff"}) {
    const cv::Vec3b pixel = decode(encoded(ending, image)).at<cv::Vec3b>(2, 2);
    EXPECT_NEAR(pixel[0], over_white(200, 255), 0.5) << ending;
    EXPECT_NEAR(pixel[1], over_white(20, 255), 0.5) << ending;
    EXPECT_NEAR(pixel[2], over_white(10, 255), 0.5) << ending;
  }
  const cv::Mat lossy = decode(encoded(".webp", image, {cv::IMWRITE_WEBP_QUALITY, 101}));
  EXPECT_NEAR(lossy.at<cv::Vec3b>(2, 2)[0], over_white(200, 255), 0.5);
  const cv::Mat deep(4, 4, CV_16UC4, cv::Scalar(1000, 2000, 60000, 13107));
  const cv::Vec3w pixel = decode(encoded(".png", deep)).at<cv::Vec3w>(2, 2);
  EXPECT_NEAR(pixel[0], over_white(60000, 65535), 0.5);
  EXPECT_NEAR(pixel[2], over_white(1000, 65535), 0.5);
}

/// A JPEG of one colour given as C, M, Y, K as they are stored; `adobe` adds Adobe's segment.
Bytes cmyk_jpeg(const std::array<std::uint8_t, 4>& ink, bool adobe) {
  Bytes pixels;
  for (int i = 0; i < 16 * 16; ++i) pixels.insert(pixels.end(), ink.begin(), ink.end());
  const tjhandle handle = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  tjCompress2(handle, pixels.data(), 16, 0, 16, TJPF_CMYK, &data, &size, TJSAMP_444, 100, 0);
  Bytes bytes(data, data + size);
  tjFree(data);
  tjDestroy(handle);
  // The encoder writes Adobe's segment for YCCK, by which a decoder knows it: mark or unmark it
  // here.
  const std::string_view mark(
      "\xff\xee\0\x0e"
      "Adobe",
      9);
  const auto at =
      std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end(),
                  [](std::uint8_t b, char c) { return b == static_cast<std::uint8_t>(c); });
  EXPECT_NE(at, bytes.end());
  if (!adobe) bytes.erase(at, at + 16);
  return bytes;
}

TEST(DecodeImage, MakesRgbOfCmyk) {
  const std::array<std::uint8_t, 4> light{200, 120, 40, 180};
  const cv::Vec3b adobe = decode(cmyk_jpeg(light, true)).at<cv::Vec3b>(8, 8);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(adobe[c], light[c] * 180 / 255.0, 3);
  const cv::Mat grey = decode(cmyk_jpeg(light, true), 1);
  EXPECT_NEAR(grey.at<std::uint8_t>(8, 8), (0.299 * 200 + 0.587 * 120 + 0.114 * 40) * 180 / 255, 3);
}

TEST(DecodeImage, TakesCmykWithoutAdobesMarkAsInk) {
  // Stored as YCCK, C = M = Y = 200 are 55, 128, 128; without the mark these are themselves C, M
  // and Y.
  const cv::Vec3b pixel = decode(cmyk_jpeg({200, 200, 200, 180}, false)).at<cv::Vec3b>(8, 8);
  EXPECT_NEAR(pixel[0], (255 - 55) * (255 - 180) / 255.0, 2);
  EXPECT_NEAR(pixel[1], (255 - 128) * (255 - 180) / 255.0, 2);
}

/// An EXIF block, from its TIFF header on, that holds an orientation alone, as a number of `size`
/// bytes.
Bytes exif(int orientation, bool big_endian, int size = 2) {
  Bytes block;
  const auto put = [&](std::uint64_t value, int length) {
    big_endian ? put_big(block, value, length) : put_little(block, value, length);
  };
  append(block, big_endian ? "MM" : "II");
  put(42, 2);
  put(8, 4);
  put(1, 2);
  put(0x112, 2);
  put(size == 1 ? 1 : size == 2 ? 3 : 4, 2);
  put(1, 4);
  put(static_cast<std::uint64_t>(orientation), size);
  block.resize(26);
  return block;
}

Bytes with_exif_jpeg(const cv::Mat& image, int orientation, bool big_endian, int size = 2) {
  Bytes bytes = encoded(".jpg", image, {cv::IMWRITE_JPEG_QUALITY, 100});
  const Bytes block = exif(orientation, big_endian, size);
  Bytes segment{0xff, 0xe1, 0, static_cast<std::uint8_t>(2 + 6 + block.size())};
  append(segment, {"Exif\0\0", 6});
  segment.insert(segment.end(), block.begin(), block.end());
  bytes.insert(bytes.begin() + 2, segment.begin(), segment.end());
  return bytes;
}

Bytes with_exif_png(const cv::Mat& image, int orientation) {
  Bytes bytes = encoded(".png", image);
  const Bytes block = exif(orientation, true);
  const Bytes chunk = png_chunk("eXIf", block);
  constexpr int after_header = 8 + 25;
  bytes.insert(bytes.begin() + after_header, chunk.begin(), chunk.end());
  return bytes;
}

/// A little-endian TIFF whose directory is written anew at its end, with the orientation in it.
Bytes with_orientation_tiff(const cv::Mat& image, int orientation) {
  Bytes bytes = encoded(".tiff", image);
  const auto half = [&](std::size_t at) {
    return static_cast<std::size_t>(bytes[at] | bytes[at + 1] << 8);
  };
  const std::size_t directory = half(4) | half(6) << 16, entries = half(directory);
  const std::size_t size = bytes.size();
  Bytes written{static_cast<std::uint8_t>(entries + 1), 0};
  const Bytes tag{0x12, 0x01, 3, 0, 1, 0, 0, 0, static_cast<std::uint8_t>(orientation), 0, 0, 0};
  bool inserted = false;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    EXPECT_NE(half(entry), 0x112u);
    if (half(entry) > 0x112 && !std::exchange(inserted, true)) {
      written.insert(written.end(), tag.begin(), tag.end());
    }
    written.insert(written.end(), bytes.begin() + static_cast<std::ptrdiff_t>(entry),
                   bytes.begin() + static_cast<std::ptrdiff_t>(entry) + 12);
  }
  written.insert(written.end(), 4, 0);  // no further page
  bytes.insert(bytes.end(), written.begin(), written.end());
  for (int i = 0; i < 4; ++i)
    bytes[4 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(size >> 8 * i);
  return bytes;
}

/// Where an upright picture's pixel (y, x) lies in the stored one, by the table of the EXIF
/// specification: orientation o says which edge of the scene the stored first row and first column
/// are.
cv::Point stored_at(int o, int y, int x, int height, int width) {
  switch (o) {
    case 2:
      return {width - 1 - x, y};  // row 0: top, column 0: right
    case 3:
      return {width - 1 - x, height - 1 - y};  // bottom, right
    case 4:
      return {x, height - 1 - y};  // bottom, left
    case 5:
      return {y, x};  // left, top
    case 6:
      return {y, width - 1 - x};  // right, top
    case 7:
      return {height - 1 - y, width - 1 - x};  // right, bottom
    case 8:
      return {height - 1 - y, x};  // left, bottom
    default:
      return {x, y};  // top, left
  }
}

class Orientation : public testing::TestWithParam<int> {};

TEST_P(Orientation, IsUndone) {
  const int o = GetParam();
  const cv::Mat scene = picture(CV_8UC3);
  const bool sideways = o >= 5;
  cv::Mat stored(sideways ? scene.cols : scene.rows, sideways ? scene.rows : scene.cols, CV_8UC3);
  for (int y = 0; y < scene.rows; ++y) {
    for (int x = 0; x < scene.cols; ++x) {
      stored.at<cv::Vec3b>(stored_at(o, y, x, scene.rows, scene.cols)) = scene.at<cv::Vec3b>(y, x);
    }
  }
  const cv::Mat expected = swapped(scene);
  EXPECT_LE(difference(decode(with_exif_jpeg(stored, o, true)), expected), 6);
  EXPECT_LE(difference(decode(with_exif_jpeg(stored, o, false)), expected), 6);
  for (const int size : {1, 4}) {
    EXPECT_LE(difference(decode(with_exif_jpeg(stored, o, true, size)), expected), 6) << size;
    EXPECT_LE(difference(decode(with_exif_jpeg(stored, o, false, size)), expected), 6) << size;
  }
  EXPECT_EQ(difference(decode(with_exif_png(stored, o)), expected), 0);
  EXPECT_EQ(difference(decode(with_orientation_tiff(stored, o)), expected), 0);
}

TEST(DecodeImage, TurnsADeepTiffUpright) {
  const cv::Mat stored = picture(CV_16UC3, 250);
  cv::Mat expected;
  cv::rotate(swapped(stored), expected, cv::ROTATE_90_CLOCKWISE);
  EXPECT_EQ(difference(decode(with_orientation_tiff(stored, 6)), expected), 0);
}

INSTANTIATE_TEST_SUITE_P(Exif, Orientation, testing::Range(1, 9));

std::string message(const Bytes& bytes) {
  return message_of<UnreadableError>([&] { decode_image(bytes, "x", 3); });
}

TEST(DecodeImage, IsUnreadableWhereverAFileIsCut) {
  const cv::Mat image = picture(CV_8UC3);
  for (const char* const ending : {".jpg", ".png", ".webp", ".tiff", ".bmp"}) {
    const Bytes whole = encoded(ending, image);
    EXPECT_EQ(message(whole), "");
    for (std::size_t size = 0; size < whole.size(); size += 1 + size / 16) {
      EXPECT_NE(message(cut(whole, size)), "")
          << ending << " of " << whole.size() << " bytes cut at " << size;
    }
    EXPECT_NE(message(cut(whole, whole.size() - 1)), "") << ending;
  }
}

TEST(DecodeImage, NamesTheByteAndWhatWasExpected) {
  EXPECT_EQ(message({}),
            "x: byte 0: the file is empty; a JPEG, PNG, WebP, TIFF, GIF or BMP was expected");
  EXPECT_EQ(message({'h', 'e', 'l', 'l', 'o', '\n'}),
            "x: byte 0: the file starts with \"hello\\x0a\"; a JPEG, PNG, WebP, TIFF, GIF or BMP "
            "was expected");
  const Bytes jpeg = encoded(".jpg", picture(CV_8UC3));
  EXPECT_EQ(message(cut(jpeg, jpeg.size() - 40)),
            fmt::format("x: byte {}: the JPEG ends early; its end-of-image marker was expected",
                        jpeg.size() - 40));
  EXPECT_EQ(message(cut(jpeg, 30)), "x: byte 30: the JPEG ends within its header");
  Bytes png = encoded(".png", picture(CV_8UC3));
  png[50] ^= 1;
  EXPECT_THAT(message(png), testing::StartsWith("x: bytes 0 to ")) << message(png);
  EXPECT_THAT(message(png), testing::HasSubstr("damaged PNG data (IDAT: "));
  const Bytes whole_png = encoded(".png", picture(CV_8UC3));
  EXPECT_EQ(message(cut(whole_png, whole_png.size() - 1)),
            fmt::format("x: byte {}: the PNG ends early; an IEND chunk was expected",
                        whole_png.size() - 1));
  const Bytes webp = encoded(".webp", picture(CV_8UC3));
  EXPECT_EQ(message(cut(webp, 60)),
            fmt::format("x: byte 60: the WebP ends early; {} bytes were expected", webp.size()));
  const Bytes floats = encoded(".tiff", cv::Mat(4, 4, CV_32FC1, cv::Scalar(0.5)));
  EXPECT_EQ(message(floats),
            "x: byte 0: a picture with floating-point values of 32 bits; 8 or 16 bits without sign "
            "were expected");
}

/// Grey values that differ from pixel to pixel, 4 × 3.
const std::vector<std::uint32_t> greys = {0, 40, 80, 120, 160, 200, 240, 255, 7, 77, 177, 217};
const std::vector<std::uint32_t> alphas = {0, 51, 102, 153, 204, 255, 255, 128, 1, 254, 64, 32};

/// What is seen of a grey pixel over white.
double seen(std::size_t i) {
  return (greys[i] * alphas[i] + 255.0 * (255 - alphas[i])) / 255;
}

void expect_over_white(const cv::Mat& decoded, const std::string& kind) {
  ASSERT_EQ(decoded.size(), cv::Size(4, 3)) << kind;
  const double scale = decoded.depth() == CV_16U ? 257 : 1;
  for (int i = 0; i < 12; ++i) {
    const double found = decoded.depth() == CV_16U ? decoded.at<cv::Vec3w>(i / 4, i % 4)[2]
                                                   : decoded.at<cv::Vec3b>(i / 4, i % 4)[2];
    EXPECT_NEAR(found / scale, seen(static_cast<std::size_t>(i)), 0.5) << kind << " pixel " << i;
  }
}

TEST(DecodeImage, AppliesTheAlphaThatAFileDeclaresOnce) {
  constexpr std::uint32_t associated = 1, unassociated = 2;
  for (const int bits : {8, 16}) {
    const std::uint32_t scale = bits == 8 ? 1 : 257;
    for (const bool colour : {false, true}) {
      Bytes rows;
      std::vector<std::uint32_t> straight, multiplied;
      for (std::size_t i = 0; i < greys.size(); ++i) {
        for (int c = 0; c < (colour ? 3 : 1); ++c) {
          straight.push_back(scale * greys[i]);
          multiplied.push_back((scale * greys[i] * alphas[i] + 127) / 255);
          put_big(rows, scale * greys[i], bits / 8);
        }
        for (auto* const values : {&straight, &multiplied}) values->push_back(scale * alphas[i]);
        put_big(rows, scale * alphas[i], bits / 8);
      }
      const std::string kind = fmt::format("{} bits, {}", bits, colour ? "colour" : "grey");
      expect_over_white(decode(png({4, 3, bits, colour ? 6 : 4, rows})), "PNG, " + kind);
      for (const int layout : {0, 1, 2, 3, 4, 5, 6, 7}) {
        TiffFile file{.width = 4,
                      .height = 3,
                      .bits = bits,
                      .samples = colour ? 4 : 2,
                      .photometric = colour ? 2 : 1,
                      .values = straight,
                      .extra_samples = {unassociated},
                      .planes = (layout & 1) != 0,
                      .tiles = (layout & 2) != 0,
                      .big_endian = (layout & 4) != 0};
        const std::string which = fmt::format("TIFF, {}, layout {}", kind, layout);
        expect_over_white(decode(tiff(file)), which);
        file.values = multiplied;
        file.extra_samples = {associated};
        expect_over_white(decode(tiff(file)), which + ", associated");
      }
    }
  }
}

TEST(DecodeImage, LeavesASampleOutThatIsNotDeclaredAsAlpha) {
  constexpr std::uint32_t unspecified = 0;
  std::vector<std::uint32_t> values;
  for (std::size_t i = 0; i < greys.size(); ++i)
    values.insert(values.end(), {greys[i], greys[i], greys[i], alphas[i]});
  const cv::Mat found = decode(tiff({.width = 4,
                                     .height = 3,
                                     .samples = 4,
                                     .photometric = 2,
                                     .values = values,
                                     .extra_samples = {unspecified}}),
                               1);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(found.at<std::uint8_t>(i / 4, i % 4), greys[static_cast<std::size_t>(i)]) << i;
}

TEST(DecodeImage, ShowsWhiteThroughThePngColourThatIsNamedTransparent) {
  for (const int bits : {8, 16}) {
    Bytes rows, key;
    for (const std::uint32_t grey : greys) put_big(rows, grey * (bits == 8 ? 1 : 257), bits / 8);
    put_big(key, 120 * (bits == 8 ? 1 : 257), 2);
    const cv::Mat found = decode(png({4, 3, bits, 0, rows, png_chunk("tRNS", key)}), 1);
    ASSERT_EQ(found.depth(), bits == 8 ? CV_8U : CV_16U);
    for (int i = 0; i < 12; ++i) {
      const double value = bits == 8 ? found.at<std::uint8_t>(i / 4, i % 4)
                                     : found.at<std::uint16_t>(i / 4, i % 4) / 257.0;
      EXPECT_EQ(value, i == 3 ? 255 : greys[static_cast<std::size_t>(i)]) << bits << " bits, " << i;
    }
  }
  // Four pixels of 2 bits: 0 to 3; 1 is transparent.
  const cv::Mat small = decode(png({4, 1, 2, 0, {0b00011011}, png_chunk("tRNS", {0, 1})}), 1);
  EXPECT_EQ(small.at<std::uint8_t>(0, 1), 255);
  EXPECT_EQ(small.at<std::uint8_t>(0, 2), 170);
  EXPECT_EQ(small.at<std::uint8_t>(0, 0), 0);
}

TEST(DecodeImage, TakesBlackAndWhiteTheRightWayRound) {
  std::vector<std::uint32_t> inverted;
  for (const std::uint32_t grey : greys) inverted.push_back(255 - grey);
  const cv::Mat found =
      decode(tiff({.width = 4, .height = 3, .photometric = 0, .values = inverted}), 1);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(found.at<std::uint8_t>(i / 4, i % 4), greys[static_cast<std::size_t>(i)]);
}

TEST(DecodeImage, SaysWhichTiffsItDoesNotRead) {
  const auto values = [](std::size_t count) { return std::vector<std::uint32_t>(12 * count, 9); };
  EXPECT_EQ(message(tiff({.width = 4,
                          .height = 3,
                          .samples = 5,
                          .photometric = 2,
                          .values = values(5),
                          .extra_samples = {0, 0}})),
            "x: byte 0: a TIFF of 5 bands; 1 (grey) or 3 (R, G, B) were expected, each with or "
            "without alpha; kind = \"bands\" reads all bands");
  EXPECT_EQ(message(tiff({.width = 4, .height = 3, .bits = 16, .values = values(1), .format = 2})),
            "x: byte 0: a TIFF with signed values of 16 bits; 8 or 16 bits without sign were "
            "expected");
}

TEST(DecodeImage, SaysNothingBesideItsErrors) {
  testing::internal::CaptureStderr();
  Bytes damaged = encoded(".tiff", picture(CV_8UC3));
  damaged.resize(damaged.size() / 2);
  message(damaged);
  message(tiff({.width = 4,
                .height = 3,
                .samples = 5,
                .values = std::vector<std::uint32_t>(60, 1),
                .extra_samples = {0, 0, 0, 0}}));
  message(encoded(".png", picture(CV_8UC3)));
  const Bytes wrong_profile = png_chunk("iCCP", {'x', 0, 0, 1, 2, 3});
  EXPECT_EQ(message(png({4, 3, 8, 0, Bytes(12, 1), wrong_profile})), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// A JPEG's bytes with others put in front of a marker's place.
Bytes with_bytes(Bytes jpeg, std::size_t at, const Bytes& more) {
  jpeg.insert(jpeg.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
  return jpeg;
}

TEST(DecodeImage, ForgivesWhatCostsAJpegNoPixel) {
  const cv::Mat image = picture(CV_8UC3);
  const Bytes whole = encoded(".jpg", image);
  const cv::Mat expected = decode(whole);
  const Bytes stray{0x12, 0x34, 0x56, 0x00, 0x11};
  ASSERT_EQ(whole[3], 0xe0);  // JFIF's segment of 16 bytes
  Bytes version = whole;
  version[11] = 9;
  const std::pair<const char*, Bytes> kinds[] = {
      {"behind the first segment", with_bytes(whole, 20, stray)},
      {"behind the compressed data", with_bytes(whole, whole.size() - 2, stray)},
      {"behind the end", with_bytes(whole, whole.size(), stray)},
      {"a restart marker in the header", with_bytes(whole, 20, {0xff, 0xd0})},
      {"padding", with_bytes(whole, 20, {0xff, 0xff, 0xff})},
      {"a version of JFIF that nobody knows", version},
      {"an Adobe segment of an unknown kind",
       with_bytes(whole, 20, {0xff, 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 7})},
  };
  for (const auto& [kind, bytes] : kinds) {
    EXPECT_EQ(message(bytes), "") << kind;
    EXPECT_EQ(difference(decode(bytes), expected), 0) << kind;
  }
}

TEST(DecodeImage, SurvivesSegmentsOfAnyLength) {
  const Bytes whole = encoded(".jpg", picture(CV_8UC3));
  for (int length = 0; length < 20; ++length) {
    Bytes segment{0xff, 0xe1, 0, static_cast<std::uint8_t>(length)};
    append(segment, {"Exif\0\0MM\0*", 10});
    Bytes alone{0xff, 0xd8};
    append(alone, segment);
    EXPECT_NE(message(alone), "") << length;
    message(with_bytes(whole, 2, segment));  // no matter whether it is read
  }
  for (const std::uint32_t directory : {0u, 8u, 25u, 0x7fffffffu, 0xffffffffu, 0xfffffff4u}) {
    Bytes block = exif(6, true);
    Bytes place;
    put_big(place, directory, 4);
    std::copy(place.begin(), place.end(), block.begin() + 4);
    for (std::size_t size = 0; size <= block.size(); ++size) {
      const Bytes chunk = png_chunk("eXIf", cut(block, size));
      EXPECT_EQ(message(png({4, 3, 8, 0, Bytes(12, 1), chunk})), "") << directory << " " << size;
    }
  }
}

TEST(DecodeImage, TakesAJpegWithDamagedDataForUnreadable) {
  cv::Mat noise(64, 64, CV_8UC3);
  cv::theRNG().state = 1;
  cv::randu(noise, 0, 255);
  Bytes bytes = encoded(".jpg", noise);
  std::memset(bytes.data() + bytes.size() / 2, 0xff, 64);
  EXPECT_TRUE(message(bytes).starts_with("x: bytes 623 to ")) << message(bytes);
}

}  // namespace
}  // namespace cmc::data
