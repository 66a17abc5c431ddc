#include "studies/known_pairs.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cmc/information/gaussian.h"
#include "cmc/information/ksg.h"

namespace cmc::studies {
namespace {

TEST(KnownPairs, HaveTheInformationThatBenchmarkMiStates) {
  // Task.mutual_information of the package benchmark-mi 0.1.3.
  const std::vector<double> stated = {
      0.413339287, 0.413339287, 1.709437966, 0.333333333, 0.413339287, 0.413339287, 0.413339287,
      0.224171428, 0.224171428, 0.413339287, 0.293893332, 0.413339287, 0.592811833, 1.292183722,
      1.624265374, 1.021651248, 1.021651248, 1.021651248, 1.021651248, 0.431945622, 0.193147181,
      0.290921923, 0.178711853, 0.448150677, 0.298543623, 1.021651248, 1.021651248, 1.021651248,
      1.021651248, 1.021651248, 1.021651248, 1.021651248, 1.021651248, 1.021651248, 1.021651248,
      1.021651248, 1.021651248, 0.431945622, 0.290921923, 0.448150677};
  ASSERT_EQ(known_pairs().size(), stated.size());
  for (std::size_t i = 0; i < stated.size(); ++i)
    EXPECT_NEAR(known_pairs()[i].information, stated[i], 1e-6) << known_pairs()[i].name;
}

TEST(KnownPairs, DrawWhatSharesThatMuch) {
  for (const KnownPairs& task : known_pairs()) {
    at::manual_seed(5);
    const KnownPairs::Samples samples = task.draw(2000);
    ASSERT_EQ(samples.x.sizes(), (std::vector<std::int64_t>{2000, task.x_dim})) << task.name;
    ASSERT_EQ(samples.y.sizes(), (std::vector<std::int64_t>{2000, task.y_dim})) << task.name;
    // Where an estimator can be trusted: few dimensions, no long tails, no spiral.
    if (task.x_dim > 2 || task.kind == KnownPairs::Kind::long_tails) continue;
    EXPECT_NEAR(information::ksg_information(samples.x, samples.y), task.information, 0.1)
        << task.name;
  }
}

TEST(KnownPairs, KeepTheirInformationThroughFunctionsOfEachSide) {
  const auto find = [](const std::string& name) {
    const auto found = std::ranges::find(known_pairs(), name, &KnownPairs::name);
    EXPECT_NE(found, known_pairs().end()) << name;
    return *found;
  };
  const auto drawn = [&](const std::string& name) {
    at::manual_seed(7);
    return find(name).draw(300);
  };
  const auto plain = drawn("Multinormal 3 × 3 (2-pair)"),
             spiral = drawn("Spiral @ Multinormal 3 × 3 (2-pair)");
  // A turn: lengths stay, and so does the axis around which x is turned.
  EXPECT_TRUE(at::allclose(plain.x.norm(2, 1), spiral.x.norm(2, 1)));
  EXPECT_TRUE(at::equal(plain.x.select(1, 2), spiral.x.select(1, 2)));
  EXPECT_TRUE(at::equal(plain.y.select(1, 0), spiral.y.select(1, 0)));
  EXPECT_FALSE(at::allclose(plain.x, spiral.x));
  for (const auto* name : {"Normal CDF @ Bivariate normal 1 × 1", "Bimodal 1 × 1",
                           "Wiggly @ Bivariate normal 1 × 1", "Half-cube @ Bivariate normal 1 × 1"})
    // An increasing function keeps the order.
    EXPECT_TRUE(at::equal(drawn(name).x.flatten().argsort(),
                          drawn("Bivariate normal 1 × 1").x.flatten().argsort()))
        << name;
}

/// Points that any program can make: the fractional parts of i√2, i√3, i√5.
at::Tensor fractions(double root) {
  const at::Tensor multiples = at::arange(1, 1001, at::kDouble) * std::sqrt(root);
  return multiples - multiples.floor();
}

TEST(KnownPairs, EstimatorsAgreeWithBenchmarkMiOnTheSameSamples) {
  const at::Tensor u = fractions(2), v = fractions(3), w = fractions(5);
  const at::Tensor x = at::stack({u, v}, 1), y = at::stack({u + 0.3 * w, u * v}, 1);
  // KSGEnsembleFirstEstimator(neighborhoods=(3,), standardize=False, metric_x="chebyshev") and
  // CCAMutualInformationEstimator() of benchmark-mi 0.1.3: the one breaks these points' equal
  // distances by rounding, the other stops iterating at a tolerance.
  const double near = 1e-4;
  EXPECT_NEAR(information::ksg_information(x, y), 2.486739590262318, near);
  EXPECT_NEAR(information::cca_information(x, y), 1.9759373844840358, near);
  const at::Tensor x1 = x.narrow(1, 0, 1), y1 = y.narrow(1, 0, 1);
  EXPECT_NEAR(information::ksg_information(x1, y1), 0.8278562552833142, near);
  EXPECT_NEAR(information::cca_information(x1, y1), 1.2522994468060702, near);
}

}  // namespace
}  // namespace cmc::studies
