#pragma once

#include <cstdint>
#include <span>

namespace cmc::information {

/// A mean over independent batches and where its expectation lies.
struct ConfidenceInterval {
  double mean = 0;
  double low = 0, high = 0;  ///< NaN where one batch leaves nothing to tell the spread by
  double deviation = 0;      ///< of the batches (n − 1); NaN likewise
  std::int64_t batches = 0;
};

/// mean ± t s/√n with s the deviation of the batches' values and t the quantile of Student's
/// distribution of n − 1 degrees of freedom that leaves (1 − level)/2 on each side. Throws Error
/// where there is no value, or level is outside (0, 1).
ConfidenceInterval confidence_interval(std::span<const double> batch_values, double level = 0.95);

/// The same from the values that are left when one of n groups of samples is left out in turn
/// (the delete-a-group jackknife; Efron and Tibshirani 1993, chapter 11): the mean is `whole`, and
/// its standard error √((n − 1)/n Σ (θ₍ᵢ₎ − θ̄)²). For what one batch gives, where samples are both
/// anchors and each other's negatives, so that the anchors' losses are not independent. Throws
/// Error also where there are fewer than 2 groups.
ConfidenceInterval jackknife_interval(double whole, std::span<const double> without_group,
                                      double level = 0.95);

/// t such that Student's distribution of `freedom` degrees has `level` of its mass in [−t, t]
/// (Abramowitz and Stegun 26.7.3 and 26.7.4, solved by bisection).
double student_t(std::int64_t freedom, double level);

}  // namespace cmc::information
