#pragma once

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/contrast/losses/similarities.h"

/// Similarities that losses are tried on, and their formulas' sums written the slow way.
namespace cmc::contrast {

// Two anchors, three candidates, one of which the second anchor must not meet.
inline const double positive[2] = {0.8, -0.1};
inline const double negative[2][3] = {{0.5, 0.9, -0.4}, {0.3, 0.7, -0.6}};
inline const bool excluded[2][3] = {{false, false, false}, {false, true, false}};

inline Similarities similarities() {
  return {torch::tensor({0.8, -0.1}, at::kDouble),
          torch::tensor({{0.5, 0.9, -0.4}, {0.3, 0.7, -0.6}}, at::kDouble),
          torch::tensor({{false, false, false}, {false, true, false}})};
}
inline at::Tensor tau(double t) {
  return at::full({}, t, at::kDouble);
}
inline double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Σ term(negative) over what anchor i meets.
template <class Term>
double over_negatives(int i, const Term& term) {
  double sum = 0;
  for (int j = 0; j < 3; ++j)
    if (!excluded[i][j]) sum += term(negative[i][j]);
  return sum;
}

template <class Expected>
void expect_each(const at::Tensor& values, const Expected& expected) {
  for (int i = 0; i < 2; ++i)
    EXPECT_NEAR(values[i].item<double>(), expected(i), 1e-12) << "anchor " << i;
}

/// One anchor that has no negative.
inline Similarities without_negatives() {
  return {torch::tensor({0.5}, at::kDouble), torch::tensor({{0.9}}, at::kDouble),
          torch::tensor({{true}})};
}

/// One anchor, opposite to its positive, and one candidate that is the anchor itself: the larger
/// 1/τ, the larger the loss.
inline Similarities opposite() {
  return {torch::tensor({-1.0}, at::kDouble), torch::tensor({{1.0}}, at::kDouble), {}};
}

/// log(1 + exp(x)); at::softplus is linear from 20 on.
inline long double slow_softplus(long double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

inline void expect_exact(const at::Tensor& value, long double truth) {
  EXPECT_NEAR(value.item<double>(), static_cast<double>(truth),
              static_cast<double>(4e-15L * truth));
}

inline constexpr double large_odds[] = {20.5, 22.0, 30.0};

}  // namespace cmc::contrast
