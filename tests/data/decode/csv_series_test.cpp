#include "cmc/data/decode/csv_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

class CsvSeriesTest : public ::testing::Test {
 protected:
  cv::Mat read(const std::string& text, const std::vector<std::size_t>& places) const {
    return CsvSeries(folder_.write("walk.csv", text)).read(places);
  }
  std::string message(const std::string& text, const std::vector<std::size_t>& places = {0}) const {
    return message_of<UnreadableError>([&] { read(text, places); });
  }

 private:
  TemporaryFolder folder_;
};

std::vector<double> row(const cv::Mat& values, int c) {
  return {values.ptr<double>(c), values.ptr<double>(c) + values.cols};
}

TEST_F(CsvSeriesTest, ReadsChannelsAsRowsAndGapsAsNaN) {
  const cv::Mat values = read("t,x,\"y, up\"\r\n0,1.5,-2\r\n\r\n1,,3e2\r\n2,NaN,\"4\"\r\n", {2, 1});
  ASSERT_EQ(values.rows, 2);
  EXPECT_THAT(row(values, 0), ElementsAre(-2, 300, 4));
  EXPECT_EQ(values.at<double>(1, 0), 1.5);
  EXPECT_TRUE(std::isnan(values.at<double>(1, 1)));
  EXPECT_TRUE(std::isnan(values.at<double>(1, 2)));
}

TEST_F(CsvSeriesTest, FindsTheSeparatorAndADecimalCommaBehindSemicolons) {
  EXPECT_THAT(row(read("x;y\n1,5;2\n2.5;3\n", {0}), 0), ElementsAre(1.5, 2.5));
  EXPECT_THAT(row(read("x\ty\n1\t2\n\t3\n", {1}), 0), ElementsAre(2, 3));
  EXPECT_THAT(row(read("x\n1\n\n2", {0}), 0), ElementsAre(1, 2));
}

TEST_F(CsvSeriesTest, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(message("1,2\n3,4\n"), EndsWith("walk.csv, line 1: a header line that names the "
                                              "channels was expected; this one holds numbers "
                                              "alone"));
  EXPECT_THAT(message(""), EndsWith("empty; a header line that names the channels was expected"));
  EXPECT_THAT(message("x,y\n"), EndsWith("a header and no time step; two or more were expected"));
  EXPECT_THAT(message("x,y\n1,2\n3\n"),
              EndsWith("walk.csv, line 3: 1 cells; the header names 2 channels"));
  EXPECT_THAT(message("x,y\n1,2\n3,up\n", {1}),
              EndsWith("walk.csv, line 3: channel \"y\": \"up\" where a number is due"));
  EXPECT_EQ(message("x,y\n1,2\n3,up\n", {0}), "");  // the other channel is not asked for
  EXPECT_THAT(message("x\n1e39\n"), EndsWith("channel \"x\": 1e39 is not a finite float32"));
}

}  // namespace
}  // namespace cmc::data
