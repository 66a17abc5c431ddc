#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

#include "cmc/error.h"
#include "cmc/information/discrete.h"
#include "cmc/information/gaussian.h"
#include "cmc/information/label_information.h"
#include "cmc/information/student.h"

namespace cmc::information {
namespace {

at::Tensor longs(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::kLong);
}

TEST(Discrete, EntropiesOfKnownTables) {
  const double ln2 = std::numbers::ln2;
  EXPECT_NEAR(entropy(longs({5, 5})), ln2, 1e-15);
  EXPECT_NEAR(entropy(longs({1, 1, 2, 0})), 1.5 * ln2, 1e-15);
  EXPECT_NEAR(entropy(longs({7, 0, 0})), 0, 1e-15);
  // Cover and Thomas, example 2.2.1: H(X) = 7/4, H(X|Y) = 11/8, I = 3/8 bits; columns are x there.
  const at::Tensor joint =
      torch::tensor({{4., 2., 2., 8.}, {2., 4., 2., 0.}, {1., 1., 2., 0.}, {1., 1., 2., 0.}},
                    at::kDouble) /
      32;
  EXPECT_NEAR(entropy(joint.sum(1)), 1.75 * ln2, 1e-12);
  EXPECT_NEAR(conditional_entropy(joint), 11.0 / 8 * ln2, 1e-12);
  EXPECT_NEAR(mutual_information(joint), 3.0 / 8 * ln2, 1e-12);
  EXPECT_NEAR(mutual_information(joint.t()), 3.0 / 8 * ln2, 1e-12);
}

TEST(Discrete, CountsAreThoseOfTheSamples) {
  const at::Tensor joint = joint_counts(longs({0, 1, 1, 2}), longs({1, 0, 0, 1}), 3, 2);
  EXPECT_TRUE(at::equal(joint, torch::tensor({{0, 1}, {2, 0}, {0, 1}}, at::kLong)));
  EXPECT_THROW(joint_counts(longs({3}), longs({0}), 3, 2), Error);
  EXPECT_THROW(joint_counts(longs({-1}), longs({0}), 3, 2), Error);
}

TEST(Discrete, MillerAndMadowAddHalfAnOutcomeASample) {
  EXPECT_NEAR(entropy(longs({3, 1, 0}), EntropyCorrection::miller_madow),
              entropy(longs({3, 1})) + 1.0 / 8, 1e-15);
  // Independent variables of 8 outcomes, 400 samples: the plain value is about 7 · 7 / 800 too
  // high.
  at::manual_seed(4);
  double plain = 0, corrected = 0;
  for (int i = 0; i < 200; ++i) {
    const at::Tensor joint =
        joint_counts(at::randint(8, {400}, at::kLong), at::randint(8, {400}, at::kLong), 8, 8);
    plain += mutual_information(joint) / 200;
    corrected += mutual_information(joint, EntropyCorrection::miller_madow) / 200;
  }
  EXPECT_NEAR(plain, 49.0 / 800, 0.005);
  EXPECT_NEAR(corrected, 0, 0.008);  // some of the 64 outcomes are rare
}

TEST(Gaussian, CanonicalCorrelationsTellWhatNormalSamplesShare) {
  at::manual_seed(3);
  const at::Tensor z = at::randn({20000, 2}, at::kDouble), noise = at::randn({20000, 2});
  // Two pairs of ρ = 0.6, mixed and on scales that differ by 1e8.
  const at::Tensor x = at::mm(z, torch::tensor({{1., 2e8}, {-1., 1e8}}, at::kDouble)),
                   y = 0.6 * z + 0.8 * noise;
  EXPECT_NEAR(cca_information(x, y), correlated_gaussian_information(2, 0.6), 0.02);
  EXPECT_NEAR(cca_information(z.narrow(1, 0, 1), z.narrow(1, 1, 1)), 0, 0.001);
  EXPECT_THROW(cca_information(z, at::ones({20000, 1}, at::kDouble)), Error);
  EXPECT_THROW(cca_information(z, z), Error);
  EXPECT_THROW(cca_information(z.narrow(0, 0, 3), noise.narrow(0, 0, 3)), Error);
}

TEST(Student, SharesWhatItsTailsShare) {
  // ν → ∞ is the normal distribution, whose dimensions share nothing.
  EXPECT_NEAR(student_information(2, 3, 1e7), 0, 1e-5);
  EXPECT_NEAR(student_information(1, 1, 1), 0.224171428, 1e-9);  // benchmark-mi 0.1.3
  EXPECT_NEAR(student_information(2, 5, 3), student_information(5, 2, 3), 1e-12);
  EXPECT_THROW(student_information(0, 1, 1), Error);
  EXPECT_THROW(student_information(1, 1, 0), Error);
}

TEST(Gaussian, TheDeterminantsGiveTheCorrelatedPairs) {
  const double rho = 0.6;
  at::Tensor sigma = at::eye(6, at::kDouble);
  for (std::int64_t d = 0; d < 3; ++d) {
    sigma[d][d + 3] = rho;
    sigma[d + 3][d] = rho;
  }
  const double truth = -1.5 * std::log(1 - rho * rho);
  EXPECT_NEAR(correlated_gaussian_information(3, rho), truth, 1e-14);
  EXPECT_NEAR(gaussian_information(sigma, 3), truth, 1e-12);
  EXPECT_NEAR(gaussian_correlation(3, truth), rho, 1e-14);
  // An invertible map of x alone changes nothing.
  const at::Tensor map = torch::tensor({{2., 1., 0.}, {0., 1., 3.}, {1., 0., 1.}}, at::kDouble);
  at::Tensor whole = at::eye(6, at::kDouble);
  whole.narrow(0, 0, 3).narrow(1, 0, 3).copy_(map);
  EXPECT_NEAR(gaussian_information(at::mm(at::mm(whole, sigma), whole.t()), 3), truth, 1e-10);
  EXPECT_THROW(gaussian_information(sigma, 6), Error);
  EXPECT_THROW(gaussian_information(-sigma, 3), Error);
}

TEST(Gaussian, TheCriticIsTheLogRatioOfDensities) {
  const double rho = 0.7, x[2] = {0.3, -1.2}, y[2] = {0.9, -0.4};
  const auto log_normal = [](double value, double mean, double variance) {
    return -0.5 * std::log(2 * std::numbers::pi * variance) -
           (value - mean) * (value - mean) / (2 * variance);
  };
  double expected = 0;
  for (int d = 0; d < 2; ++d)
    expected += log_normal(y[d], rho * x[d], 1 - rho * rho) - log_normal(y[d], 0, 1);
  const at::Tensor critic = correlated_gaussian_critic(
      torch::tensor({{x[0], x[1]}}, at::kDouble), torch::tensor({{y[0], y[1]}}, at::kDouble), rho);
  EXPECT_NEAR(critic.item<double>(), expected, 1e-12);
}

TEST(LabelInformation, IsTheEntropyOfTheLabelsLessTheCrossEntropy) {
  const at::Tensor labels = longs({0, 0, 1, 2});
  // Uniform guesses: −log q = log 3 each.
  const LabelInformation none = label_information(at::zeros({4, 3}), labels);
  EXPECT_NEAR(none.label_entropy, 1.5 * std::numbers::ln2, 1e-12);
  EXPECT_NEAR(none.cross_entropy, std::log(3.0), 1e-12);
  EXPECT_NEAR(none.bound.mean, 1.5 * std::numbers::ln2 - std::log(3.0), 1e-12);
  // Certain and right: all of H(y).
  const LabelInformation all =
      label_information(50 * at::one_hot(labels, 3).to(at::kFloat), labels);
  EXPECT_NEAR(all.bound.mean, 1.5 * std::numbers::ln2, 1e-12);
  EXPECT_THROW(label_information(at::zeros({4, 2}), labels), Error);
}

TEST(LabelInformation, TellsTheSpreadOverSamples) {
  // Losses log 2 and log 4 in turn: mean 1.5 log 2, deviation of n values ½ log 2 · √(n/(n − 1)).
  const std::int64_t n = 1000;
  at::Tensor logits = at::zeros({n, 4}, at::kDouble);
  const at::Tensor labels = at::arange(n, at::kLong) % 4;
  for (std::int64_t i = 0; i < n; i += 2) logits[i][labels[i].item<std::int64_t>()] = std::log(3.0);
  const LabelInformation half = label_information(logits, labels);
  EXPECT_NEAR(half.bound.mean, 0.5 * std::numbers::ln2, 1e-12);
  const double reach = 1.9623 * 0.5 * std::numbers::ln2 / std::sqrt(n - 1.0);
  // One sample more may tell nothing.
  EXPECT_NEAR(half.bound.mean - half.bound.low, reach + half.bound.mean / (n + 1), 1e-5);
  // The entropy of 4 classes is too low by (4 − 1)/(2n) in the mean: the upper end takes that in.
  EXPECT_NEAR(half.bound.high - half.bound.mean, reach + 3.0 / (2 * n), 1e-5);
}

TEST(LabelInformation, TheEntropyIsEstimatedToo) {
  // A probe that is always right: what varies is how often each class was drawn. Values are
  // −log p̂ = log 10 of 10 samples and log(10/9) of 90.
  const at::Tensor labels = (at::arange(100, at::kLong) % 10 == 0).to(at::kLong);
  const LabelInformation held =
      label_information(50 * at::one_hot(labels, 2).to(at::kFloat), labels);
  const double entropy = 0.1 * std::log(10.0) + 0.9 * std::log(10.0 / 9);
  EXPECT_NEAR(held.bound.mean, entropy, 1e-12);
  EXPECT_NEAR(held.bound.deviation, std::log(9.0) * 0.3 * std::sqrt(100.0 / 99), 1e-9);
  EXPECT_LT(held.bound.low, entropy - 0.1);
  EXPECT_GT(held.bound.high, entropy + 0.1);
}

TEST(LabelInformation, IsNeverAboveTheLogarithmOfTheClasses) {
  const at::Tensor labels = at::arange(12, at::kLong) % 2;
  at::Tensor logits = 3 * at::one_hot(labels, 2).to(at::kDouble);
  logits[0] = at::tensor({-1.0, 1.0}, at::kDouble);  // one is told wrong
  const LabelInformation held = label_information(logits, labels);
  EXPECT_LE(held.bound.high, std::numbers::ln2);
  EXPECT_LT(held.bound.low, held.bound.mean);
  // One class alone: nothing to tell, and the probe's doubt counts against it.
  const LabelInformation one = label_information(logits.slice(0, 1), at::zeros({11}, at::kLong));
  EXPECT_EQ(one.label_entropy, 0);
  EXPECT_LT(one.bound.mean, 0);
}

}  // namespace
}  // namespace cmc::information
