#include "cmc/information/confidence_interval.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "cmc/error.h"

namespace cmc::information {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The mass of Student's distribution in [−√ν tan θ, √ν tan θ].
double central_mass(std::int64_t freedom, double theta) {
  const double cosine = std::cos(theta), square = cosine * cosine;
  if (freedom % 2 == 0) {
    double term = 1, sum = 1;
    for (std::int64_t i = 2; i < freedom; i += 2) {
      term *= square * static_cast<double>(i - 1) / static_cast<double>(i);
      sum += term;
    }
    return std::sin(theta) * sum;
  }
  double term = cosine, sum = 0;
  for (std::int64_t i = 1; i < freedom; i += 2) {
    sum += term;
    term *= square * static_cast<double>(i + 1) / static_cast<double>(i + 2);
  }
  return 2 / std::numbers::pi * (theta + std::sin(theta) * sum);
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double squares_about(std::span<const double> values, double mean) {
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

}  // namespace

double student_t(std::int64_t freedom, double level) {
  check(freedom >= 1, "{} degrees of freedom: Student's distribution needs at least 1", freedom);
  check(level > 0 && level < 1, "level = {}: it is within (0, 1), such as 0.95", level);
  double low = 0, high = std::numbers::pi / 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (central_mass(freedom, middle) < level ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(freedom)) * std::tan(0.5 * (low + high));
}

ConfidenceInterval confidence_interval(std::span<const double> batch_values, double level) {
  check(!batch_values.empty(), "a confidence interval needs at least one batch");
  const std::size_t n = batch_values.size();
  const auto batches = static_cast<std::int64_t>(n);
  const double mean = mean_of(batch_values);
  if (n == 1) return {mean, nan, nan, nan, batches};
  const double deviation =
      std::sqrt(squares_about(batch_values, mean) / static_cast<double>(n - 1));
  const double reach =
      student_t(batches - 1, level) * deviation / std::sqrt(static_cast<double>(n));
  return {mean, mean - reach, mean + reach, deviation, batches};
}

ConfidenceInterval skewed_interval(std::span<const double> values, double level) {
  ConfidenceInterval interval = confidence_interval(values, level);
  if (!(interval.deviation > 0)) return interval;
  const auto n = static_cast<double>(values.size());
  const double root = std::sqrt(n), error = interval.deviation / root;
  double cubes = 0;
  for (const double value : values) cubes += std::pow((value - interval.mean) / error, 3);
  // The sum is in units of s/√n: γ = Σ (…/s)³/n, and a = γ/√n.
  const double a = cubes / (n * n * n);
  if (std::abs(a) < 1e-8) return interval;  // g is the identity, and its inverse cancels
  const double t = student_t(interval.batches - 1, level);
  const auto inverse = [&](double x) { return 3 / a * (std::cbrt(1 + a * (x - a / 6)) - 1); };
  interval.low = interval.mean - error * inverse(t);
  interval.high = interval.mean - error * inverse(-t);
  return interval;
}

}  // namespace cmc::information
