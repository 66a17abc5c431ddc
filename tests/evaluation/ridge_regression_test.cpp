#include "cmc/evaluation/ridge_regression.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::evaluation {
namespace {

at::Tensor drawn(std::int64_t n, std::int64_t features) {
  at::manual_seed(3);
  return at::randn({n, features}, at::kDouble);
}

/// Targets of the first features, with noise.
at::Tensor targets_of(const at::Tensor& x, double noise) {
  at::manual_seed(4);
  return 3 * x.select(1, 0) - 2 * x.select(1, 1) + 100 +
         noise * at::randn({x.size(0)}, at::kDouble);
}

/// The minimum by the normal equations, one fit.
at::Tensor solved(const at::Tensor& z, const at::Tensor& y, double penalty) {
  const at::Tensor normal =
      at::mm(z.t(), z) + penalty * at::eye(z.size(1), at::TensorOptions(at::kDouble));
  return at::linalg_solve(normal, at::mv(z.t(), y - y.mean()));
}

/// More samples than features, and fewer.
class Ridge : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(Ridge, IsTheMinimum) {
  const at::Tensor x = drawn(GetParam().first, GetParam().second) * 5 + 2;
  const at::Tensor y = targets_of(x, 1);
  const RidgeRegression ridge = fit_ridge_regression(x, y, {.penalties = {7}});
  EXPECT_EQ(ridge.penalty, 7);
  const at::Tensor z = (x - x.mean(0)) / x.std(0, false);
  const at::Tensor weight = solved(z, y, 7);
  EXPECT_TRUE(at::allclose(ridge.weight, weight, 1e-8, 1e-8));
  EXPECT_TRUE(at::allclose(ridge.predict(x), at::mv(z, weight) + y.mean(), 1e-8, 1e-8));
  // Features in single precision are told alike.
  EXPECT_TRUE(at::allclose(ridge.predict(x.to(at::kFloat)), ridge.predict(x), 1e-4, 1e-4));
}

TEST_P(Ridge, ChoosesByLeavingEachSampleOut) {
  const at::Tensor x = drawn(GetParam().first, GetParam().second);
  const at::Tensor y = targets_of(x, 2);
  const RidgeOptions options{.penalties = {300, 10, 0.1}};
  const RidgeRegression ridge = fit_ridge_regression(x, y, options);
  ASSERT_EQ(ridge.selection_error.size(), 3u);
  const at::Tensor z = (x - x.mean(0)) / x.std(0, false);
  for (std::size_t p = 0; p < 3; ++p) {
    double error = 0;
    for (std::int64_t i = 0; i < y.size(0); ++i) {
      const at::Tensor others = at::arange(y.size(0)).ne(i).nonzero().squeeze(1);
      // With an intercept of its own: the fit on the others is centred by their means.
      const at::Tensor zo = z.index_select(0, others), yo = y.index_select(0, others);
      const at::Tensor weight = solved(zo - zo.mean(0), yo, options.penalties[p]);
      const double guess =
          at::dot(z[i] - zo.mean(0), weight).item<double>() + yo.mean().item<double>();
      error += std::pow(y[i].item<double>() - guess, 2) / static_cast<double>(y.size(0));
    }
    EXPECT_NEAR(ridge.selection_error[p], error, 1e-6 * error) << options.penalties[p];
  }
  const auto best = std::ranges::min_element(ridge.selection_error);
  EXPECT_EQ(ridge.penalty,
            options.penalties[static_cast<std::size_t>(best - ridge.selection_error.begin())]);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Ridge, testing::Values(std::pair(40, 5), std::pair(12, 30)));

TEST(RidgeRegression, LeavesAConstantFeature) {
  at::Tensor x = drawn(20, 3);
  x.select(1, 2).fill_(4);
  const RidgeRegression ridge = fit_ridge_regression(x, targets_of(x, 0), {.penalties = {1e-6}});
  EXPECT_EQ(ridge.weight[2].item<double>(), 0);
  EXPECT_NEAR(r_squared(ridge.predict(x), targets_of(x, 0)), 1, 1e-9);
}

TEST(RidgeRegression, MeasuresItsErrors) {
  const at::Tensor y = at::tensor({1.0, 2.0, 6.0}), guess = at::tensor({2.0, 2.0, 4.0});
  EXPECT_NEAR(r_squared(guess, y), 1 - 5.0 / 14, 1e-12);
  EXPECT_NEAR(mean_absolute_error(guess, y), 1, 1e-12);
  EXPECT_TRUE(std::isnan(r_squared(guess, at::tensor({3.0, 3.0, 3.0}))));
}

TEST(RidgeRegression, RefusesWhatItCannotFit) {
  const at::Tensor x = drawn(4, 2);
  EXPECT_THROW(fit_ridge_regression(x, at::zeros({3}, at::kDouble)), Error);
  EXPECT_THROW(fit_ridge_regression(x.slice(0, 0, 1), at::zeros({1}, at::kDouble)), Error);
  EXPECT_THROW(fit_ridge_regression(x, at::full({4}, std::nan(""), at::kDouble)), Error);
  EXPECT_THROW(fit_ridge_regression(x, at::zeros({4}, at::kDouble), {.penalties = {1, 0}}), Error);
}

}  // namespace
}  // namespace cmc::evaluation
