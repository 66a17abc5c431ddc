#include "cmc/views/sources/resolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/views/numbers_dataset.h"

namespace cmc::views {
namespace {

using test::NumbersDataset;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> lines(const data::Dataset& samples, const SourceViewOptions& options) {
  const std::vector<SourceView> views{{"numbers", 0, options}};
  return unresolved(views, samples, measure(views, samples));
}

TEST(Resolution, NamesTheColumnWhoseNumbersBecomeEqual) {
  std::vector<std::vector<double>> rows;
  for (int i = 0; i < 300; ++i) rows.push_back({1.7e9 + i, 1.7e9 + i, i < 150 ? 1.0 : 2.0});
  EXPECT_THAT(lines(NumbersDataset(rows), TableViewOptions{}), IsEmpty());
  // One row in milliseconds, as a long number, and one that is missing.
  rows[7][1] = 1.7e21;
  rows[8][1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(
      lines(NumbersDataset(rows), TableViewOptions{}),
      ElementsAre(HasSubstr("view \"numbers\": 299 different numbers of column \"b\" become 2 once "
                            "standardised")));
}

TEST(Resolution, NamesTheChannelOfAnArray) {
  std::vector<cv::Mat> values;
  const int sizes[] = {2, 1, 50};
  for (int i = 0; i < 4; ++i) {
    cv::Mat value(3, sizes, CV_64FC1);
    for (int p = 0; p < 100; ++p) value.ptr<double>()[p] = 100 * i + p;
    values.push_back(value);
  }
  const NumbersDataset samples(values, {2, 1, 50});
  EXPECT_THAT(lines(samples, ArrayViewOptions{}), IsEmpty());
  values[3].ptr<double>()[60] = -1e20;
  EXPECT_THAT(lines(samples, ArrayViewOptions{}),
              ElementsAre(HasSubstr("200 different numbers of channel 1 become 2 once")));
}

}  // namespace
}  // namespace cmc::views
