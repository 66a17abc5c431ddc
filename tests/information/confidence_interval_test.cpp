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
  RandomStream stream(RandomPurpose::made_data, 1);
  int covered = 0;
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::vector<double> values;
    for (int i = 0; i < 5; ++i) values.push_back(7 + stream.normal());
    const ConfidenceInterval interval = confidence_interval(values);
    covered += interval.low <= 7 && 7 <= interval.high;
  }
  EXPECT_NEAR(covered / 2000.0, 0.95, 0.015);
}

/// Hall's transform of (mean − μ)/(s/√n).
double transformed(const std::vector<double>& values, double mu) {
  const auto n = static_cast<double>(values.size());
  const ConfidenceInterval plain = confidence_interval(values);
  double skewness = 0;
  for (const double value : values)
    skewness += std::pow((value - plain.mean) / plain.deviation, 3) / n;
  const double t = (plain.mean - mu) / (plain.deviation / std::sqrt(n)),
               a = skewness / std::sqrt(n);
  return t + a * t * t / 3 + a * a * t * t * t / 27 + a / 6;
}

TEST(SkewedInterval, EndsWhereHallsTransformIsTheQuantile) {
  const std::vector<double> values = {1, 2, 3, 6, 20};
  const ConfidenceInterval interval = skewed_interval(values);
  const double t = student_t(4, 0.95);
  EXPECT_NEAR(transformed(values, interval.low), t, 1e-9);
  EXPECT_NEAR(transformed(values, interval.high), -t, 1e-9);
  EXPECT_EQ(interval.mean, confidence_interval(values).mean);
  EXPECT_GT(interval.high - interval.mean, 2 * (interval.mean - interval.low));

  std::vector<double> mirrored;
  for (const double value : values) mirrored.push_back(-value);
  EXPECT_NEAR(skewed_interval(mirrored).low, -interval.high, 1e-9);
}

TEST(SkewedInterval, IsStudentsWhereNothingIsSkewed) {
  const std::vector<double> even = {1, 2, 3, 4}, equal = {2, 2, 2}, one = {5};
  EXPECT_NEAR(skewed_interval(even).high, confidence_interval(even).high, 1e-12);
  EXPECT_EQ(skewed_interval(equal).low, 2);
  EXPECT_EQ(skewed_interval(equal).high, 2);
  EXPECT_TRUE(std::isnan(skewed_interval(one).low));
  EXPECT_THROW(skewed_interval({}), Error);
}

TEST(SkewedInterval, MissesLessOnTheSideOfTheLongTail) {
  // The losses of samples, most near 0: exponentials of normals. What counts is how often the mean
  // is said to be smaller than it is.
  RandomStream stream(RandomPurpose::made_data, 2);
  const double truth = std::exp(0.5 * 1.2 * 1.2);
  int plain = 0, skewed = 0;
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::vector<double> losses;
    for (int i = 0; i < 40; ++i) losses.push_back(std::exp(1.2 * stream.normal()));
    plain += confidence_interval(losses).high < truth;
    skewed += skewed_interval(losses).high < truth;
  }
  EXPECT_GT(plain, 200);  // 10 %, where 2.5 % is asked for
  EXPECT_LT(skewed, 0.65 * plain);
}

}  // namespace
}  // namespace cmc::information
