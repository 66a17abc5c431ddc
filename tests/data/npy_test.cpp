#include "cmc/data/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "cmc/data/unreadable.h"
#include "tests/data/npy_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
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
  EXPECT_TRUE(std::isnan(whole.at<float>(0, 0)));
  EXPECT_EQ(whole.at<float>(0, 1), std::numeric_limits<float>::max());
  EXPECT_EQ(whole.at<float>(0, 2), std::numeric_limits<float>::lowest());

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

TEST_F(NpyTest, ReadsShapesAsNumPyWritesThem) {
  const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});
  const cv::Mat row = read(npy("<f4", "'shape': (6,)", six));
  EXPECT_EQ(row.size(), cv::Size(6, 1));
  const cv::Mat table = read(npy("<f4", "'shape': (2, 3)", six));
  EXPECT_EQ(table.size(), cv::Size(3, 2));
  EXPECT_EQ(table.at<float>(1, 0), 3);
  const cv::Mat cube = read(npy("<f4", "'shape': (1,2,3)", six));
  EXPECT_THAT(std::vector<int>(cube.size.p, cube.size.p + 3), ElementsAre(1, 2, 3));
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
  EXPECT_EQ(of_shape("()"), "0 dimensions; 1, 2 or 3 were expected");
  EXPECT_EQ(of_shape("(1, 1, 2, 3)"), "4 dimensions; 1, 2 or 3 were expected");
}

}  // namespace
}  // namespace cmc::data
