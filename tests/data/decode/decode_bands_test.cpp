#include "cmc/data/decode/decode_bands.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tiffio.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "cmc/data/decode/decode_image.h"
#include "cmc/files/base64.h"
#include "tests/files/npy_file.h"
#include "tests/files/tiff_file.h"
#include "tests/files/tifffile_files.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

Bytes from_base64(std::string_view text) {
  const std::string bytes = files::from_base64(text);
  return {bytes.begin(), bytes.end()};
}

/// What tests write in band b at row y, column x.
double coded(int b, int y, int x) {
  return 1000.0 * b + 10 * y + x;
}

/// The greatest distance of a number from what `due` says of its band, row and column.
double farthest(const cv::Mat& values, const std::function<double(int, int, int)>& due) {
  double most = 0;
  const int bands = values.channels();
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      for (int b = 0; b < bands; ++b)
        most = std::max(most, std::abs(values.ptr<float>(y)[x * bands + b] - due(b, y, x)));
  return most;
}

template <class Number>
Bytes npy_file(const char* type, const std::string& shape, const std::vector<Number>& numbers) {
  const std::string bytes = npy(type, "'shape': " + shape, bytes_of(numbers));
  return {bytes.begin(), bytes.end()};
}

std::string why_unreadable(const Bytes& bytes, std::int64_t expected = 0) {
  return message_of<UnreadableError>([&] { decode_bands(bytes, "x", expected); });
}

TEST(DecodeBands, ReadsWhatTifffileWrote) {
  const Bands planes = decode_bands(from_base64(tifffile_planar_tiles), "x");
  EXPECT_EQ(planes.type, "16 bits without sign");
  ASSERT_EQ(planes.values.channels(), 5);
  ASSERT_EQ(planes.values.size(), cv::Size(13, 15));
  EXPECT_EQ(farthest(planes.values, coded), 0);

  const Bands floats = decode_bands(from_base64(tifffile_floats), "x");
  EXPECT_EQ(floats.type, "floats of 32 bits");
  ASSERT_EQ(floats.values.channels(), 6);
  ASSERT_EQ(floats.values.size(), cv::Size(5, 4));
  EXPECT_EQ(farthest(floats.values, [](int b, int y, int x) { return coded(b, y, x) - 0.5; }), 0);

  const Bands pages = decode_bands(from_base64(tifffile_pages), "x");
  EXPECT_EQ(pages.type, "16 bits with sign");
  ASSERT_EQ(pages.values.channels(), 3);
  EXPECT_EQ(farthest(pages.values, [](int b, int y, int x) { return -coded(b, y, x); }), 0);
}

struct Layout {
  const char* mode = "w";  // "w8": BigTIFF
  std::uint16_t format = SAMPLEFORMAT_UINT, bits = 16, bands = 7;
  bool planes = false, tiles = false;
  std::uint16_t compression = COMPRESSION_NONE;
  std::string no_data = {};
  std::function<double(int, int, int)> value = coded;
};

void put_number(Bytes& to, double value, const Layout& layout) {
  const auto put = [&](auto number) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&number);
    to.insert(to.end(), bytes, bytes + sizeof number);
  };
  if (layout.format == SAMPLEFORMAT_IEEEFP && layout.bits == 32) put(static_cast<float>(value));
  if (layout.format == SAMPLEFORMAT_IEEEFP && layout.bits == 64) put(value);
  if (layout.format == SAMPLEFORMAT_IEEEFP) return;
  const auto number = static_cast<std::int64_t>(value);
  if (layout.bits == 8) put(static_cast<std::uint8_t>(number));
  if (layout.bits == 16) put(static_cast<std::uint16_t>(number));
  if (layout.bits == 32) put(static_cast<std::uint32_t>(number));
}

/// 20 × 18 pixels, by libtiff's own writer.
Bytes written(const TemporaryFolder& folder, const Layout& layout) {
  constexpr int width = 20, height = 18, side = 16;
  const std::string path = (folder / "written.tif").string();
  TIFF* const tiff = TIFFOpen(path.c_str(), layout.mode);
  static const TIFFFieldInfo no_data = {42113,        -1, -1, TIFF_ASCII,
                                        FIELD_CUSTOM, 1,  0,  const_cast<char*>("GDAL_NODATA")};
  TIFFMergeFieldInfo(tiff, &no_data, 1);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, layout.bands);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, layout.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, layout.format);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, layout.compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
               layout.planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (!layout.no_data.empty()) TIFFSetField(tiff, 42113, layout.no_data.c_str());
  if (layout.tiles) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, side);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, side);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 5);
  }
  const int planes = layout.planes ? layout.bands : 1;
  const auto numbers = [&](int plane, int y, int x, Bytes& to) {
    for (int b = 0; b < layout.bands; ++b)
      if (!layout.planes || b == plane) put_number(to, layout.value(b, y, x), layout);
  };
  for (int plane = 0; plane < planes; ++plane) {
    for (int top = 0; top < height; top += layout.tiles ? side : 1) {
      for (int left = 0; left < width; left += layout.tiles ? side : width) {
        Bytes data;
        for (int y = top; y < top + (layout.tiles ? side : 1); ++y)
          for (int x = left; x < left + (layout.tiles ? side : width); ++x)
            numbers(plane, y, x, data);
        if (layout.tiles)
          TIFFWriteTile(tiff, data.data(), static_cast<std::uint32_t>(left),
                        static_cast<std::uint32_t>(top), 0, static_cast<std::uint16_t>(plane));
        else
          TIFFWriteScanline(tiff, data.data(), static_cast<std::uint32_t>(top),
                            static_cast<std::uint16_t>(plane));
      }
    }
  }
  TIFFClose(tiff);
  const std::string bytes = bytes_of(path);
  return {bytes.begin(), bytes.end()};
}

TEST(DecodeBands, ReadsEachTypeInStripsAndTilesSideBySideAndInPlanes) {
  struct Type {
    std::uint16_t format, bits;
    double scale;
    const char* name;
  };
  const Type types[] = {
      {SAMPLEFORMAT_UINT, 8, 0.03, "8 bits without sign"},
      {SAMPLEFORMAT_INT, 8, -0.015, "8 bits with sign"},
      {SAMPLEFORMAT_UINT, 16, 10, "16 bits without sign"},
      {SAMPLEFORMAT_INT, 16, -5, "16 bits with sign"},
      {SAMPLEFORMAT_UINT, 32, 600000, "32 bits without sign"},
      {SAMPLEFORMAT_INT, 32, -1000, "32 bits with sign"},
      {SAMPLEFORMAT_IEEEFP, 32, 0.125, "floats of 32 bits"},
      {SAMPLEFORMAT_IEEEFP, 64, -0.125, "floats of 64 bits"},
  };
  const TemporaryFolder folder;
  for (const Type& type : types) {
    for (int layout = 0; layout < 8; ++layout) {
      const auto value = [&](int b, int y, int x) {
        const double exact = type.scale * coded(b, y, x);
        return type.format == SAMPLEFORMAT_IEEEFP ? exact : std::trunc(exact);
      };
      const Bands bands =
          decode_bands(written(folder, {.mode = (layout & 1) != 0 ? "w8" : "w",
                                        .format = type.format,
                                        .bits = type.bits,
                                        .planes = (layout & 2) != 0,
                                        .tiles = (layout & 4) != 0,
                                        .compression = static_cast<std::uint16_t>(
                                            (layout & 1) != 0 ? COMPRESSION_LZW : COMPRESSION_NONE),
                                        .value = value}),
                       "x");
      EXPECT_EQ(bands.type, type.name) << layout;
      ASSERT_EQ(bands.values.type(), CV_MAKETYPE(CV_32F, 7)) << type.name << layout;
      ASSERT_EQ(bands.values.size(), cv::Size(20, 18)) << type.name << layout;
      // 32 bits are rounded to float32: by up to 128 of 3.7e9.
      EXPECT_LE(farthest(bands.values, value), type.bits == 32 && type.scale > 1e5 ? 128 : 0)
          << type.name << layout;
    }
  }
}

TEST(DecodeBands, ReadsOneBandAndSixtyFourAndRefusesMore) {
  const TemporaryFolder folder;
  EXPECT_EQ(decode_bands(written(folder, {.bands = 1}), "x").values.channels(), 1);
  for (const bool planes : {false, true}) {
    const Bands bands = decode_bands(written(folder, {.bands = 64, .planes = planes}), "x");
    ASSERT_EQ(bands.values.channels(), 64);
    EXPECT_EQ(farthest(bands.values, coded), 0);
  }
  EXPECT_EQ(why_unreadable(written(folder, {.bands = 65})),
            "x: byte 0: a TIFF of 65 bands; 1 to 64 were expected");
  EXPECT_EQ(why_unreadable(npy_file("<f4", "(70, 80, 80)", std::vector<float>(70 * 80 * 80))),
            "x: an array of 70 × 80 × 80, thus 70 bands; 1 to 64 were expected");
}

TEST(DecodeBands, TakesColoursAndGreyAsBandsToo) {
  const cv::Mat image = decode_bands(tiff({.width = 2,
                                           .height = 1,
                                           .samples = 4,
                                           .photometric = 2,
                                           .values = {1, 2, 3, 4, 5, 6, 7, 8},
                                           .extra_samples = {2}}),
                                     "x")
                            .values;
  ASSERT_EQ(image.channels(), 4);
  EXPECT_EQ(std::vector<float>(image.ptr<float>(), image.ptr<float>() + 8),
            (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(DecodeBands, TakesNoDataForNoValue) {
  const TemporaryFolder folder;
  const auto gap = [](int b, int y, int x) { return b == 2 && y == 3 && x < 4 ? -9999 : 1.5; };
  for (const std::uint16_t bits : {std::uint16_t{32}, std::uint16_t{64}}) {
    const Bands bands = decode_bands(
        written(folder,
                {.format = SAMPLEFORMAT_IEEEFP, .bits = bits, .no_data = "-9999", .value = gap}),
        "x");
    int missing = 0;
    for (std::size_t i = 0; i < bands.values.total() * 7; ++i) {
      const float value = bands.values.ptr<float>()[i];
      missing += std::isnan(value);
      ASSERT_TRUE(std::isnan(value) || value == 1.5f);
    }
    EXPECT_EQ(missing, 4);
  }
  // The least float32, as GDAL writes it.
  const auto least = [](int b, int, int) {
    return b == 0 ? static_cast<double>(std::numeric_limits<float>::lowest()) : 2.0;
  };
  const Bands floats = decode_bands(written(folder, {.format = SAMPLEFORMAT_IEEEFP,
                                                     .bits = 32,
                                                     .no_data = "-3.4028234663852886e+38",
                                                     .value = least}),
                                    "x");
  EXPECT_TRUE(std::isnan(floats.values.ptr<float>()[0]));
  EXPECT_EQ(floats.values.ptr<float>()[1], 2);
  const Bands whole = decode_bands(written(folder, {.no_data = "0"}), "x");
  EXPECT_TRUE(std::isnan(whole.values.ptr<float>()[0]));
  EXPECT_EQ(whole.values.ptr<float>()[1], 1000);

  EXPECT_EQ(
      why_unreadable(written(folder, {.no_data = "7", .value = [](int, int, int) { return 7.0; }})),
      "x: holds no value: all numbers of its 20 × 18 pixels in 7 bands are NaN or no data");
  const auto infinite = [](int b, int y, int x) {
    return b == 1 && y == 2 && x == 3 ? std::numeric_limits<double>::infinity() : 0.0;
  };
  EXPECT_EQ(why_unreadable(
                written(folder, {.format = SAMPLEFORMAT_IEEEFP, .bits = 32, .value = infinite})),
            "x: band 2 is infinite at row 2, column 3; NaN stands for a value that is missing");
}

/// An array of shape a × b × c whose number [i, j, k] is value(i, j, k).
Bytes array(int a, int b, int c, const std::function<double(int, int, int)>& value) {
  std::vector<std::uint16_t> numbers;
  for (int i = 0; i < a; ++i)
    for (int j = 0; j < b; ++j)
      for (int k = 0; k < c; ++k) numbers.push_back(static_cast<std::uint16_t>(value(i, j, k)));
  return npy_file("<u2", fmt::format("({}, {}, {})", a, b, c), numbers);
}

TEST(DecodeBands, TellsTheAxisOfTheBandsOfAnArray) {
  const auto first = [](int b, int y, int x) { return coded(b, y, x); };
  const auto last = [](int y, int x, int b) { return coded(b, y, x); };
  for (const Bytes& bytes : {array(6, 9, 8, first), array(9, 8, 6, last)}) {
    const Bands bands = decode_bands(bytes, "x");
    EXPECT_EQ(bands.type, "16 bits without sign");
    ASSERT_EQ(bands.values.channels(), 6);
    ASSERT_EQ(bands.values.size(), cv::Size(8, 9));
    EXPECT_EQ(farthest(bands.values, coded), 0);
  }
  // Known to be six bands, of 4 × 4 pixels.
  EXPECT_EQ(decode_bands(array(4, 4, 6, last), "x", 6).values.channels(), 6);
  EXPECT_EQ(decode_bands(array(4, 4, 6, last), "x").values.channels(), 4);
  EXPECT_EQ(why_unreadable(array(6, 5, 6, last)),
            "x: an array of 6 × 5 × 6: the bands are the smaller of the first and the last axis, "
            "and these are alike; names says how many bands there are");
  EXPECT_EQ(decode_bands(npy_file("<f8", "(2, 3)", std::vector<double>(6, 0.5)), "x").values.type(),
            CV_32FC1);
}

TEST(DecodeBands, SaysWhatIsWrongWithAFile) {
  const TemporaryFolder folder;
  const Bytes whole = written(folder, {});
  for (const std::size_t left : {whole.size() - 40, whole.size() / 2, std::size_t{100}})
    EXPECT_THAT(why_unreadable(cut(whole, left)), HasSubstr("damaged TIFF data")) << left;
  EXPECT_EQ(
      why_unreadable({}),
      "x: byte 0: the file is empty; a TIFF or a .npy was expected, which bands are read from");
  EXPECT_EQ(why_unreadable({'G', 'I', 'F'}),
            "x: byte 0: a file of another kind; a TIFF or a .npy was expected, which bands are "
            "read from");
  EXPECT_THAT(why_unreadable(tiff({.width = 4,
                                   .height = 3,
                                   .bits = 16,
                                   .values = std::vector<std::uint32_t>(12, 1),
                                   .format = 3})),
              HasSubstr("a TIFF with values of floats of 16 bits; 8, 16 or 32 bits"));
  EXPECT_THAT(why_unreadable(tiff({.width = 4,
                                   .height = 3,
                                   .samples = 4,
                                   .photometric = 5,
                                   .values = std::vector<std::uint32_t>(48, 1)})),
              HasSubstr("kind = \"image\", which reads it"));
  // Bands of two types: the third number of BitsPerSample is another.
  Bytes mixed =
      tiff({.width = 4, .height = 3, .samples = 3, .values = std::vector<std::uint32_t>(36, 1)});
  const std::uint8_t bits[] = {8, 0, 8, 0, 8, 0};
  const auto at = std::search(mixed.begin() + 8 + 36, mixed.end(), bits, bits + 6);
  ASSERT_NE(at, mixed.end());
  at[4] = 16;
  EXPECT_THAT(why_unreadable(mixed), HasSubstr("all bands of a file must have one type"));
}

/// A file of two pages, each of one band.
Bytes pages(const TemporaryFolder& folder, int second_width, std::uint16_t second_bits,
            std::uint32_t second_kind) {
  const std::string path = (folder / "pages.tif").string();
  TIFF* const tiff = TIFFOpen(path.c_str(), "w");
  for (int page = 0; page < 2; ++page) {
    const int width = page == 0 ? 4 : second_width;
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, page == 0 ? 0u : second_kind);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 1);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, page == 0 ? std::uint16_t{8} : second_bits);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    Bytes row(64, static_cast<std::uint8_t>(page + 1));
    TIFFWriteScanline(tiff, row.data(), 0, 0);
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
  const std::string bytes = bytes_of(path);
  return {bytes.begin(), bytes.end()};
}

TEST(DecodeBands, PutsPagesBehindEachOtherButForSmallerCopies) {
  const TemporaryFolder folder;
  const cv::Mat two = decode_bands(pages(folder, 4, 8, 0), "x").values;
  ASSERT_EQ(two.channels(), 2);
  EXPECT_EQ(farthest(two, [](int b, int, int) { return b + 1; }), 0);
  EXPECT_EQ(decode_bands(pages(folder, 2, 8, FILETYPE_REDUCEDIMAGE), "x").values.channels(), 1);
  EXPECT_EQ(decode_bands(pages(folder, 4, 8, FILETYPE_MASK), "x").values.channels(), 1);
  EXPECT_EQ(why_unreadable(pages(folder, 3, 8, 0)),
            "x: byte 0: bands of 3 × 1 pixels behind those of 4 × 1: all bands of a file must have "
            "one size");
  EXPECT_EQ(why_unreadable(pages(folder, 4, 16, 0)),
            "x: byte 0: bands of 16 bits without sign behind those of 8 bits without sign: all "
            "bands of a file must have one type");
}

TEST(DecodeBands, LeavesOrdinaryTiffsToPictures) {
  const Bytes colour = tiff({.width = 2,
                             .height = 1,
                             .samples = 3,
                             .photometric = 2,
                             .values = {10, 20, 30, 40, 50, 60}});
  const cv::Mat image = decode_image(colour, "x", 3);
  EXPECT_EQ(image.type(), CV_8UC3);
  EXPECT_EQ(image.at<cv::Vec3b>(0, 1), cv::Vec3b(40, 50, 60));
}

}  // namespace
}  // namespace cmc::data
