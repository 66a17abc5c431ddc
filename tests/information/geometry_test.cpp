#include "cmc/information/geometry.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::information {
namespace {

at::Tensor random_rows(std::int64_t n, std::int64_t dim, std::uint64_t seed) {
  at::manual_seed(seed);
  return at::randn({n, dim});
}

at::Tensor unit(const at::Tensor& rows) {
  const at::Tensor wide = rows.to(at::kDouble);
  return wide / wide.norm(2, 1, true);
}

TEST(Geometry, AlignmentIsTheMeanDistanceOfPositives) {
  const at::Tensor a = torch::tensor({{2.0, 0.0}, {0.0, 3.0}});
  const at::Tensor b = torch::tensor({{5.0, 0.0}, {-1.0, 0.0}});  // cosines 1 and 0
  EXPECT_NEAR(alignment(a, b), 1, 1e-7);
  EXPECT_NEAR(alignment(a, b, 1), std::sqrt(2.0) / 2, 1e-7);
  EXPECT_NEAR(alignment(a, a), 0, 1e-7);
  EXPECT_THROW(alignment(a, b.slice(0, 1)), Error);
  EXPECT_THROW(alignment(a, at::zeros({2, 2})), Error);
}

TEST(Geometry, UniformityIsASlowDoubleSum) {
  const std::int64_t n = 600;  // more than one block
  const at::Tensor z = random_rows(n, 5, 1), u = unit(z);
  double sum = 0;
  const at::Tensor squares = at::cdist(u, u).square();
  for (std::int64_t i = 0; i < n; ++i) sum += at::exp(-2 * squares[i]).sum().item<double>() - 1;
  EXPECT_NEAR(uniformity(z), std::log(sum / static_cast<double>(n * (n - 1))), 1e-6);
  EXPECT_NEAR(uniformity(at::ones({10, 3})), 0, 1e-9);
  // Two opposite points: half the other points at distance 2.
  const at::Tensor poles = torch::tensor({{1.0, 0.0}, {-1.0, 0.0}});
  EXPECT_NEAR(uniformity(poles, 1), -4, 1e-9);
}

TEST(Geometry, EffectiveRankCountsEvenDirections) {
  const at::Tensor axes = at::cat({at::eye(4), -at::eye(4)});
  EXPECT_NEAR(effective_rank(axes), 4, 1e-9);
  EXPECT_NEAR(effective_rank(axes + 100), 4, 1e-9);  // where the cloud lies doesn't count
  const at::Tensor line = at::mm(random_rows(50, 1, 2), random_rows(1, 16, 3));
  EXPECT_NEAR(effective_rank(line), 1, 1e-4);
  EXPECT_EQ(effective_rank(at::ones({5, 3})), 1);
  // Singular values 3 and 1: entropy of (3/4, 1/4).
  const at::Tensor two = torch::tensor({{3.0, 0.0}, {-3.0, 0.0}, {0.0, 1.0}, {0.0, -1.0}});
  EXPECT_NEAR(effective_rank(two), std::exp(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)), 1e-9);
}

TEST(Geometry, SimilaritiesAreMeansOfThatMatrix) {
  const at::Tensor a = random_rows(40, 6, 4), b = random_rows(40, 6, 5);
  const at::Tensor cosines = at::mm(unit(a), unit(b).t());
  const double own = cosines.diagonal().sum().item<double>();
  const MeanSimilarities means = mean_similarities(a, b);
  EXPECT_NEAR(means.positive, own / 40, 1e-9);
  EXPECT_NEAR(means.negative, (cosines.sum().item<double>() - own) / (40 * 39), 1e-9);
}

TEST(Geometry, TheGapIsBetweenTheMeans) {
  const at::Tensor a = torch::tensor({{1.0, 0.0}, {0.0, 1.0}});
  EXPECT_NEAR(modality_gap(a, -a), std::sqrt(2.0), 1e-7);
  EXPECT_NEAR(modality_gap(a, a.flip(0)), 0, 1e-7);
}

}  // namespace
}  // namespace cmc::information
