#include "cmc/information/confidence_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::information {
namespace {

TEST(StudentT, IsTheTables) {
  EXPECT_NEAR(student_t(1, 0.95), 12.7062, 1e-4);
  EXPECT_NEAR(student_t(2, 0.95), 4.30265, 1e-5);
  EXPECT_NEAR(student_t(5, 0.95), 2.57058, 1e-5);
  EXPECT_NEAR(student_t(10, 0.99), 3.16927, 1e-5);
  EXPECT_NEAR(student_t(30, 0.90), 1.69726, 1e-5);
  EXPECT_NEAR(student_t(10000, 0.95), 1.96020, 1e-5);
  EXPECT_THROW(student_t(0, 0.95), Error);
  EXPECT_THROW(student_t(3, 1), Error);
}

TEST(ConfidenceInterval, IsTheMeanAndItsReach) {
  const std::vector<double> values = {1, 2, 3, 6};
  const ConfidenceInterval interval = confidence_interval(values);
  EXPECT_NEAR(interval.mean, 3, 1e-15);
  EXPECT_NEAR(interval.deviation, std::sqrt(14.0 / 3), 1e-14);
  EXPECT_NEAR(interval.high - 3, 3.18245 * std::sqrt(14.0 / 3) / 2, 1e-4);
  EXPECT_NEAR(3 - interval.low, interval.high - 3, 1e-12);
  EXPECT_EQ(interval.batches, 4);
  const ConfidenceInterval one = confidence_interval(std::vector<double>{2.5});
  EXPECT_EQ(one.mean, 2.5);
  EXPECT_TRUE(std::isnan(one.low) && std::isnan(one.high));
  EXPECT_THROW(confidence_interval({}), Error);
}

TEST(ConfidenceInterval, CoversAsOftenAsItSays) {
  RandomStream stream(1);
  int covered = 0;
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::vector<double> values;
    for (int i = 0; i < 5; ++i) values.push_back(7 + stream.normal());
    const ConfidenceInterval interval = confidence_interval(values);
    covered += interval.low <= 7 && 7 <= interval.high;
  }
  EXPECT_NEAR(covered / 2000.0, 0.95, 0.015);
}

TEST(Jackknife, OfAMeanIsItsStandardError) {
  const std::vector<double> values = {1, 2, 3, 6};
  std::vector<double> without;
  for (const double value : values) without.push_back((12 - value) / 3);
  const ConfidenceInterval direct = confidence_interval(values);
  const ConfidenceInterval left_out = jackknife_interval(3, without);
  EXPECT_NEAR(left_out.low, direct.low, 1e-12);
  EXPECT_NEAR(left_out.high, direct.high, 1e-12);
  EXPECT_NEAR(left_out.deviation, direct.deviation, 1e-12);
  EXPECT_THROW(jackknife_interval(3, std::vector<double>{1}), Error);
}

}  // namespace
}  // namespace cmc::information
