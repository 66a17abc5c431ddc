#pragma once

#include <cstdint>
#include <span>

namespace cmc::information {

/// A mean over independent values and where its expectation lies.
struct ConfidenceInterval {
  double mean = 0;
  double low = 0, high = 0;  ///< NaN where one value leaves nothing to tell the spread by
  double deviation = 0;      ///< of the values (n − 1); NaN likewise
  std::int64_t batches = 0;
};

/// mean ± t s/√n with s the deviation of the batches' values and t the quantile of Student's
/// distribution of n − 1 degrees of freedom that leaves (1 − level)/2 on each side. Throws Error
/// where there is no value, or level is outside (0, 1).
ConfidenceInterval confidence_interval(std::span<const double> batch_values, double level = 0.95);

/// The same, corrected for the values' skewness γ (Hall 1992, "On the removal of skewness by
/// transformation"): mean − g⁻¹(±t) s/√n with
///
///   g⁻¹(x) = 3/a [(1 + a (x − a/6))^{1/3} − 1], a = γ/√n,
///
/// so that it reaches further to the side of the values' long tail. For losses near 0, where a few
/// values make up most of the mean and mean ± t s/√n ends above the truth too often.
ConfidenceInterval skewed_interval(std::span<const double> values, double level = 0.95);

/// t such that Student's distribution of `freedom` degrees has `level` of its mass in [−t, t]
/// (Abramowitz and Stegun 26.7.3 and 26.7.4, solved by bisection).
double student_t(std::int64_t freedom, double level);

}  // namespace cmc::information
