#include "cmc/views/sources/standardization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "cmc/views/sources/source_views.h"
#include "tests/views/numbers_dataset.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::error_of;
using test::NumbersDataset;
using ::testing::ElementsAre;

constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();

/// The rows that a table's or an array's view shows of all samples.
std::vector<std::vector<float>> shown(const data::Dataset& samples,
                                      const SourceViewOptions& options) {
  const std::vector<SourceView> views{{"numbers", 0, options}};
  const auto transform =
      make_source_views(views, samples.sources(), Mode::evaluate, measure(views, samples));
  std::vector<std::vector<float>> rows;
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    rows.emplace_back(static_cast<std::size_t>(transform->views()[0].numel()));
    float* const row[] = {rows.back().data()};
    transform->apply(samples.get(i), {}, row);
  }
  return rows;
}

// Times since 1970 in seconds and in nanoseconds, a coordinate in metres, and small numbers.
TEST(Standardization, KeepsApartWhatLiesFarFromZeroAndCloseTogether) {
  const struct {
    double origin, step;
  } columns[] = {{1700000000, 5}, {1.7e18, 1e6}, {5412345.67, 0.01}, {-1e-30, 1e-40}};
  constexpr int n = 40;
  std::vector<std::vector<double>> rows(n);
  for (int i = 0; i < n; ++i)
    for (const auto& column : columns) rows[i].push_back(column.origin + column.step * i);
  const auto seen = shown(NumbersDataset(rows), TableViewOptions{});
  // Of 0, 1, …, n − 1 the mean is (n − 1) / 2 and the variance (n² − 1) / 12.
  const double deviation = std::sqrt((n * n - 1) / 12.0);
  for (std::size_t c = 0; c < std::size(columns); ++c)
    for (int i = 0; i < n; ++i)
      EXPECT_NEAR(seen[i][c], (i - (n - 1) / 2.0) / deviation, 1e-4) << "column " << c;
}

TEST(Standardization, KeepsArraysApartByTheirChannels) {
  constexpr int n = 40;
  std::vector<cv::Mat> values;
  const int sizes[] = {2, 1, 2};
  for (int i = 0; i < n; ++i) {
    cv::Mat value(3, sizes, CV_64FC1);
    value.ptr<double>()[0] = value.ptr<double>()[1] = 1700000000 + 5 * i;
    value.ptr<double>()[2] = value.ptr<double>()[3] = -0.001 * i;
    values.push_back(value);
  }
  const NumbersDataset samples(values, {2, 1, 2});
  const Standardization known = measure_numbers("numbers", samples, 0, all);
  EXPECT_THAT(known.mean, ElementsAre(1700000000 + 2.5 * (n - 1), testing::DoubleEq(-0.0195)));
  std::set<std::vector<float>> different;
  for (const auto& row : shown(samples, ArrayViewOptions{})) {
    EXPECT_EQ(row[0], row[2]);  // channels last
    EXPECT_NEAR(row[0], -row[1], 1e-5);
    different.insert(row);
  }
  EXPECT_EQ(different.size(), static_cast<std::size_t>(n));
}

TEST(Standardization, OnlyWhatIsExactlyConstantCounts) {
  const NumbersDataset samples(std::vector<std::vector<double>>{
      {0.1, 1e9}, {0.1, 1e9 + 1}, {0.1, 1e9}, {std::nan(""), 1e9}});
  const Standardization known = measure_numbers("numbers", samples, 0, all);
  EXPECT_EQ(known.mean[0], 0.1);
  EXPECT_EQ(known.deviation[0], 1);
  EXPECT_DOUBLE_EQ(known.deviation[1], std::sqrt(3.0) / 4);
  EXPECT_THAT(known.missing, ElementsAre(0.25, 0));
}

TEST(Standardization, StatisticsOfAnotherSizeOrThatAreNoneAreRefused) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const Standardization& known) {
    return error_of([&] { check_statistics(known, 2, "touch"); });
  };
  EXPECT_EQ(refused({{0, 5}, {1, 1e-30}, {0, 1}}), "");
  EXPECT_EQ(refused({{0, 5}, {1}, {0, 1}}),
            "view \"touch\": the statistics that its run keeps (fitted.json) hold 2 means, 1 "
            "deviations and 2 shares of missing values; 2 of each were expected");
  const Standardization others[] = {{{0}, {1}, {0}},
                                    {{0, 1, 2}, {1, 1, 1}, {0, 0, 0}},
                                    {{0, nan}, {1, 1}, {0, 0}},
                                    {{0, 0}, {1, 0}, {0, 0}},
                                    {{0, 0}, {-1, 1}, {0, 0}},
                                    {{0, 0}, {1, nan}, {0, 0}},
                                    {{0, 0}, {1, 1}, {0, 1.5}},
                                    {{0, 0}, {1, 1}, {-0.1, 0}},
                                    {{0, 0}, {1, 1}, {0, nan}},
                                    {{0, 0}, {1, 1 / 0.0}, {0, 0}}};
  for (const Standardization& known : others) {
    EXPECT_THAT(refused(known), testing::StartsWith("view \"touch\": the statistics that its run"));
    // And by every view that takes some.
    const std::vector<data::Source> sources{
        {.name = "touch", .kind = data::SourceKind::table, .columns = {{"a"}, {"b"}}},
        {.name = "scan", .kind = data::SourceKind::array, .shape = {2, 3, 4}}};
    EXPECT_NE(error_of([&] {
                make_source_views({{"touch", 0, TableViewOptions{}}}, sources, Mode::evaluate,
                                  {{"touch", known}});
              }),
              "");
    EXPECT_NE(error_of([&] {
                make_source_views({{"scan", 1, ArrayViewOptions{}}}, sources, Mode::evaluate,
                                  {{"scan", known}});
              }),
              "");
  }
}

TEST(Standardization, WhatBecomesInfiniteIsRefused) {
  const Standardization known{{1, 0}, {2, 1e-30}, {0, 0}};
  EXPECT_EQ(standardized(5, known, 0, "touch"), 2);
  EXPECT_EQ(standardized(1e-30, known, 1, "touch"), 1);
  EXPECT_TRUE(std::isnan(standardized(std::nan(""), known, 1, "touch")));
  EXPECT_EQ(
      error_of([&] { standardized(-1e10, known, 1, "touch"); }),
      "view \"touch\": -10000000000 of channel 1 lies too far from the training part's numbers "
      "(0 ± 1e-30) for float32");
}

TEST(Standardization, SaysWhetherFloat32HoldsTheRawValues) {
  EXPECT_TRUE(fits_float32({{0, -200}, {1e-9, 1}, {0, 0}}));
  EXPECT_FALSE(fits_float32({{0, -300}, {1, 1}, {0, 0}}));
  EXPECT_FALSE(fits_float32({{1.7e9}, {57.7}, {0}}));
  EXPECT_TRUE(fits_float32({}));
}

}  // namespace
}  // namespace cmc::views
