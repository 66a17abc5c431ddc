#include "cmc/information/ksg.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cmc/error.h"
#include "cmc/information/gaussian.h"
#include "tests/information/correlated.h"

namespace cmc::information {
namespace {

TEST(Ksg, FindsTheInformationOfCorrelatedGaussians) {
  at::manual_seed(5);
  for (const double rho : {0.0, 0.6, 0.9}) {
    const Pairs p = correlated(10000, 1, rho);
    EXPECT_NEAR(ksg_information(p.x, p.y), correlated_gaussian_information(1, rho), 0.02) << rho;
  }
}

TEST(Ksg, FollowsItsFormula) {
  at::manual_seed(6);
  const std::int64_t n = 60, k = 4;
  const Pairs p = correlated(n, 2, 0.7);
  const auto distance = [](const at::Tensor& m, std::int64_t i, std::int64_t j) {
    return (m[i] - m[j]).abs().max().item<double>();
  };
  const auto psi = [](std::int64_t m) {
    return at::digamma(at::full({}, static_cast<double>(m), at::kDouble)).item<double>();
  };
  double mean = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<double> joint;
    for (std::int64_t j = 0; j < n; ++j)
      if (j != i) joint.push_back(std::max(distance(p.x, i, j), distance(p.y, i, j)));
    std::ranges::sort(joint);
    std::int64_t nx = 0, ny = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      nx += distance(p.x, i, j) < joint[k - 1];
      ny += distance(p.y, i, j) < joint[k - 1];
    }
    mean += (psi(nx + 1) + psi(ny + 1)) / static_cast<double>(n);
  }
  EXPECT_NEAR(ksg_information(p.x, p.y, {.neighbours = k}), psi(k) + psi(n) - mean, 1e-12);
}

TEST(Ksg, SortingCountsAsBruteForceDoes) {
  at::manual_seed(7);
  const Pairs p = correlated(2000, 1, 0.5);
  const at::Tensor none = at::zeros({2000, 1}, at::kDouble);  // adds no distance, but a dimension
  EXPECT_EQ(ksg_information(p.x, p.y),
            ksg_information(at::cat({p.x, none}, 1), at::cat({p.y, none}, 1)));
}

TEST(Ksg, AMonotonousMapOfOneVariableChangesLittle) {
  at::manual_seed(8);
  const Pairs p = correlated(4000, 1, 0.8);
  EXPECT_NEAR(ksg_information(p.x.exp(), p.y), ksg_information(p.x, p.y), 0.03);
}

/// Rounded to a step, as an 8-bit sensor would: ± 4 deviations on 256 values.
at::Tensor in_8_bits(const at::Tensor& x) {
  return (x.clamp(-4, 4) * 32).round() / 32;
}

TEST(Ksg, RefusesTiedValues) {
  at::manual_seed(9);
  const Pairs p = correlated(2000, 1, 0.8);
  const at::Tensor four = at::randint(4, {2000, 1}).to(at::kDouble);
  EXPECT_THROW(ksg_information(four, at::randint(4, {2000, 1}).to(at::kDouble)), Error);
  EXPECT_THROW(ksg_information(in_8_bits(p.x), in_8_bits(p.y)), Error);
  EXPECT_THROW(ksg_information(p.x, at::cat({p.y, four}, 1)), Error);  // one column of two
  try {
    ksg_information(p.x, in_8_bits(p.y));
    FAIL() << "tied values were taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("y: column 0 has "), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("KsgOptions::tied"), std::string::npos);
  }
  // A few are no harm: 10 of 2,000.
  const at::Tensor some = p.x.clone();
  some.slice(0, 0, 5).copy_(some.slice(0, 5, 10));
  EXPECT_NEAR(ksg_information(some, p.y), ksg_information(p.x, p.y), 0.02);
}

TEST(Ksg, JitterFindsTheInformationOfTiedValues) {
  at::manual_seed(10);
  const KsgOptions jitter{.tied = TiedValues::jitter};
  for (const double rho : {0.0, 0.6, 0.9}) {
    const Pairs p = correlated(2500, 1, rho);
    EXPECT_NEAR(ksg_information(in_8_bits(p.x), in_8_bits(p.y), jitter),
                correlated_gaussian_information(1, rho), 0.05)
        << rho;
  }
  // Of independent variables of four values nothing, of equal ones log 4, of one bit in two log 2.
  const at::Tensor x = at::randint(4, {2500, 1}).to(at::kDouble);
  const at::Tensor y = at::randint(4, {2500, 1}).to(at::kDouble);
  EXPECT_NEAR(ksg_information(x, y, jitter), 0, 0.04);
  // Far clusters of equal values fall short: over 20 seeds the mean is 0.06 below log 4, the
  // standard deviation 0.018.
  EXPECT_NEAR(ksg_information(x, 10 * x, jitter), std::log(4.0) - 0.06, 4 * 0.018);
  EXPECT_NEAR(ksg_information(x, at::floor(x / 2), jitter), std::log(2.0), 0.05);
  EXPECT_EQ(ksg_information(x, y, jitter), ksg_information(x, y, jitter));
  EXPECT_EQ(x.max().item<double>(), 3);  // the caller's own values are left as they are
}

TEST(Ksg, RefusesWhatItCantCount) {
  const at::Tensor x = at::randn({10, 1}), y = at::randn({10, 1});
  EXPECT_THROW(ksg_information(x, y, {.neighbours = 10}), Error);
  EXPECT_THROW(ksg_information(x, y.slice(0, 1)), Error);
  EXPECT_THROW(ksg_information(x, at::full({10, 1}, std::nan(""))), Error);
}

}  // namespace
}  // namespace cmc::information
