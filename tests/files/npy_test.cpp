#include "cmc/files/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "tests/files/bytes.h"
#include "tests/files/npy_file.h"
#include "tests/files/numbers_of.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double infinity = std::numeric_limits<double>::infinity();

class NpyTest : public testing::Test {
 protected:
  cv::Mat read(const std::string& bytes) { return read_npy(folder.write("a.npy", bytes)); }

  /// What is said of a file behind its path.
  std::string reason(const std::string& bytes) {
    const std::string text = message_of<UnreadableError>([&] { read(bytes); });
    const std::string path = (folder / "a.npy").string() + ": ";
    EXPECT_THAT(text, testing::StartsWith(path));
    return text.substr(std::min(path.size(), text.size()));
  }
  std::string of_shape(const std::string& shape) {
    return reason(npy("<f4", "'shape': " + shape, std::string(24, '\0')));
  }

  TemporaryFolder folder;
};

TEST_F(NpyTest, KeepsNaNAndTheLargestFloatAndRefusesWhatIsInfinite) {
  constexpr double largest = std::numeric_limits<float>::max();
  const cv::Mat whole =
      read(npy("<f8", "'shape': (3,)", bytes_of<double>({std::nan(""), largest, -largest})));
  EXPECT_TRUE(std::isnan(whole.at<double>(0, 0)));
  EXPECT_EQ(whole.at<double>(0, 1), std::numeric_limits<float>::max());
  EXPECT_EQ(whole.at<double>(0, 2), std::numeric_limits<float>::lowest());

  const auto at = [](const std::string& place) {
    return "the number at " + place + " is infinite as float32; NaN stands for one that is missing";
  };
  EXPECT_EQ(reason(npy("<f4", "'shape': (3,)",
                       bytes_of<float>({1, 2, -std::numeric_limits<float>::infinity()}))),
            at("[2]"));
  EXPECT_EQ(reason(npy("<f8", "'shape': (2, 1, 2)", bytes_of<double>({1, 2, infinity, 4}))),
            at("[1, 0, 0]"));
  // Finite as a float64.
  EXPECT_EQ(reason(npy("<f8", "'shape': (2, 2)", bytes_of<double>({1, -1e39, 3, 4}))),
            at("[0, 1]"));
}

/// `bytes` with those of each number turned around.
std::string turned(std::string bytes, std::size_t size) {
  for (std::size_t i = 0; i < bytes.size(); i += size)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
  return bytes;
}

TEST_F(NpyTest, ReadsEveryTypeInEitherByteOrder) {
  const struct {
    std::string code, bytes;
    std::vector<double> numbers;
  } types[] = {
      {"b1", bytes_of<std::uint8_t>({0, 1, 1}), {0, 1, 1}},
      {"u1", bytes_of<std::uint8_t>({0, 1, 255}), {0, 1, 255}},
      {"i1", bytes_of<std::int8_t>({0, -1, -128}), {0, -1, -128}},
      {"u2", bytes_of<std::uint16_t>({1, 256, 65535}), {1, 256, 65535}},
      {"i2", bytes_of<std::int16_t>({1, 256, -32768}), {1, 256, -32768}},
      // What float32 would round.
      {"u4", bytes_of<std::uint32_t>({1, 16777217, 4294967295}), {1, 16777217, 4294967295}},
      {"i4", bytes_of<std::int32_t>({1, -16777217, 2147483647}), {1, -16777217, 2147483647}},
      {"u8", bytes_of<std::uint64_t>({1, 1700000005, 1ull << 63}), {1, 1700000005, 0x1p63}},
      {"i8", bytes_of<std::int64_t>({1700000000, 1700000005, -1}), {1700000000, 1700000005, -1}},
      // 1, −2, 65504 (the largest), the smallest above 0, and NaN.
      {"f2", bytes_of<std::uint16_t>({0x3c00, 0xc000, 0x7bff, 1}), {1, -2, 65504, 0x1p-24}},
      {"f4", bytes_of<float>({1, -2.5f, 1e30f}), {1, -2.5, 1e30f}},
      {"f8", bytes_of<double>({0.1, 5412345.67, -1e30}), {0.1, 5412345.67, -1e30}},
  };
  for (const auto& type : types) {
    const std::string shape = fmt::format("'shape': ({},)", type.numbers.size());
    const std::size_t size = type.bytes.size() / type.numbers.size();
    EXPECT_EQ(numbers_of(read(npy("<" + type.code, shape, type.bytes))), type.numbers) << type.code;
    EXPECT_EQ(numbers_of(read(npy(">" + type.code, shape, turned(type.bytes, size)))), type.numbers)
        << type.code;
  }
  const cv::Mat gap = read(npy("<f2", "'shape': (1,)", bytes_of<std::uint16_t>({0x7e00})));
  EXPECT_TRUE(std::isnan(gap.at<float>(0)));
  EXPECT_EQ(reason(npy("<f2", "'shape': (1, 2)", bytes_of<std::uint16_t>({0, 0x7c00}))),
            "the number at [0, 1] is infinite as float32; NaN stands for one that is missing");
}

TEST_F(NpyTest, ReadsFortranOrderAndRows) {
  // a[i, j, k] = 100 i + 10 j + k of 2 × 3 × 4, the first index fastest in Fortran order.
  std::vector<std::int16_t> c, fortran(24);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) {
        c.push_back(static_cast<std::int16_t>(100 * i + 10 * j + k));
        fortran[static_cast<std::size_t>(i + 2 * j + 6 * k)] = c.back();
      }
  const std::vector<double> numbers(c.begin(), c.end());
  const std::string in_c = npy("<i2", "'shape': (2, 3, 4)", bytes_of(c));
  const std::string in_fortran = npy("<i2", "'shape': (2, 3, 4)", bytes_of(fortran), "True");
  const std::string framed = npy("<i2", "'shape': (1, 1, 2, 3, 4)", bytes_of(fortran), "True");
  for (const std::string& file : {in_c, in_fortran, framed}) {
    const cv::Mat array = read(file);
    EXPECT_EQ(numbers_of(array), numbers);
    EXPECT_THAT(std::vector<int>(array.size.p, array.size.p + 3), ElementsAre(2, 3, 4));
  }
  for (const std::string& file : {in_c, in_fortran}) {
    const Bytes bytes(file.begin(), file.end());
    const cv::Mat row = NpyArray(bytes, "a.npy").read_row(1);
    EXPECT_EQ(row.size(), cv::Size(4, 3));
    EXPECT_EQ(numbers_of(row), std::vector<double>(numbers.begin() + 12, numbers.end()));
    EXPECT_EQ(message_of<Error>([&] { NpyArray(bytes, "a.npy").read_row(2); }),
              "a.npy: row 2: it holds the rows 0 to 1");
  }
  const std::string list = npy("<i2", "'shape': (24,)", bytes_of(c));
  const Bytes bytes(list.begin(), list.end());
  EXPECT_THAT(numbers_of(NpyArray(bytes, "a.npy").read_row(23)), ElementsAre(123));
}

TEST_F(NpyTest, ReadsShapesAsNumPyWritesThem) {
  const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});
  const cv::Mat row = read(npy("<f4", "'shape': (6,)", six));
  EXPECT_EQ(row.size(), cv::Size(6, 1));
  const cv::Mat table = read(npy("<f4", "'shape': (2, 3)", six));
  EXPECT_EQ(table.size(), cv::Size(3, 2));
  EXPECT_EQ(table.at<float>(1, 0), 3);
  const cv::Mat cube = read(npy("<f4", "'shape': (1,2,3)", six));
  EXPECT_THAT(std::vector<int>(cube.size.p, cube.size.p + 3), ElementsAre(1, 2, 3));
  EXPECT_EQ(read(npy("<f4", "'shape': (2L, 3L)", six)).size(), cv::Size(3, 2));  // Python 2
  EXPECT_EQ(read(npy("<f4", "'shape': ()", six)).size(), cv::Size(1, 1));
  EXPECT_EQ(read(npy("<f4", "'shape': (1, 1, 2, 3)", six)).dims, 3);
  EXPECT_EQ(of_shape("(2, 1, 1, 3)"),
            "4 dimensions, [2, 1, 1, 3]; 1, 2 or 3 were expected: where the first one counts "
            "samples, the view's key file names it, and column the row, if any");
}

TEST_F(NpyTest, SaysWhatToSaveInThePlaceOfWhatIsNoNumber) {
  const auto of_type = [&](const std::string& type) {
    return reason(npy(type, "'shape': (1,)", std::string(32, '\0')));
  };
  EXPECT_THAT(of_type("|O"), HasSubstr("numpy.array(x, dtype=numpy.float32)"));
  EXPECT_THAT(of_type("<c8"), HasSubstr("numpy.stack([x.real, x.imag])"));
  EXPECT_THAT(of_type("<M8[ns]"), HasSubstr("x.astype(numpy.int64)"));
  EXPECT_THAT(of_type("<U5"), HasSubstr("texts"));
  EXPECT_THAT(of_type("<f16"), HasSubstr("x.astype(numpy.float64)"));
  std::string records = npy("<f4", "'shape': (1,)", std::string(32, '\0'));
  records.replace(records.find("'<f4'"), 5, "[('a'");
  EXPECT_THAT(reason(records), HasSubstr("an array of records"));
  std::string version = npy("<f4", "'shape': (1,)", std::string(4, '\0'));
  version[6] = 9;
  EXPECT_EQ(reason(version), "byte 6: version 9 of the format; 1, 2 or 3 was expected");
}

TEST_F(NpyTest, ReadsWhatAHeaderSaysInAnotherWay) {
  std::string file = npy("<f4", "'shape': (2,)", bytes_of<float>({1, 2}));
  const std::string header = "{\"descr\" : \"<f4\", \"fortran_order\" : False, \"shape\" : (2,)}";
  file.replace(10, header.size(), header);
  std::fill(file.begin() + 10 + static_cast<std::ptrdiff_t>(header.size()), file.begin() + 127,
            ' ');
  EXPECT_THAT(numbers_of(read(file)), ElementsAre(1, 2));
}

TEST_F(NpyTest, RefusesADamagedShapeAndShowsIt) {
  const auto no_tuple = [](const std::string& shape) {
    return "byte 10: the header says 'shape': " + shape +
           "; a tuple of whole numbers, such as (2, 3), was expected";
  };
  EXPECT_EQ(of_shape("(-2, 3)"), no_tuple("(-2, 3)"));
  EXPECT_EQ(of_shape("(2.5, 3)"), no_tuple("(2.5, 3)"));
  EXPECT_EQ(of_shape("(2, x3)"), no_tuple("(2, x3)"));
  EXPECT_THAT(of_shape("[2, 3]"), HasSubstr("the header says 'shape': [2, 3]"));
  EXPECT_THAT(of_shape("(2, 3"), HasSubstr("the header says 'shape': (2, 3"));
  EXPECT_EQ(of_shape("(99999999999, 3)"),
            "byte 10: the header says 'shape': (99999999999, 3); a tuple of numbers below 2³¹ was "
            "expected");
  EXPECT_THAT(reason(npy("<f4", "'form': (2, 3)", "")), HasSubstr("a header without 'shape'"));
}

TEST_F(NpyTest, RefusesAShapeThatTheFileDoesNotHold) {
  EXPECT_EQ(of_shape("(7,)"),
            "byte 152: cut short: its shape (7,) asks for more than the 6 numbers there");
  // A product of 2⁶⁴, which wraps to 0, and one beyond it.
  EXPECT_THAT(of_shape("(2097152, 2097152, 4194304)"), HasSubstr("cut short"));
  EXPECT_THAT(of_shape("(2147483647, 2147483647, 2147483647)"), HasSubstr("cut short"));
  EXPECT_EQ(of_shape("(4, 0)"), "holds no number");
}

TEST_F(NpyTest, ReadsTheHeaderThatItWrites) {
  const std::string header = npy_header(2, 3);
  EXPECT_EQ(header.size(), 128u);
  EXPECT_EQ(npy_header(1'000'000'000, 65'536).size(), 128u);
  EXPECT_THAT(numbers_of(read(header + bytes_of<float>({1, 2, 3, 4, 5, 6}))),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(read(header + std::string(24, '\0')).size(), cv::Size(3, 2));
}

}  // namespace
}  // namespace cmc::files
