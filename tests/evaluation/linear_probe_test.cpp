#include "cmc/evaluation/linear_probe.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cmc/error.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

constexpr std::int64_t n = 240, width = 6, classes = 3;

at::Tensor labels() {
  return at::arange(n).mul(7).floor_divide(5).remainder(classes);
}

at::Tensor features() {
  const at::Tensor i = at::arange(n, at::kDouble).unsqueeze(1), j = at::arange(width, at::kDouble);
  return (at::sin(0.37 * i * (j + 1) + 0.5 * j) * (j + 1) +
          0.6 * at::cos(2.1 * labels().to(at::kDouble).unsqueeze(1) + j) + 3 * j)
      .to(at::kFloat);
}

// The figures are scikit-learn's LogisticRegression(C = 1 / penalty, tol = 1e-12) on the same
// features after its StandardScaler.
TEST(LinearProbe, FindsScikitLearnsOptimum) {
  const LinearProbe weak =
      fit_linear_probe(features(), labels(), classes, {.penalties = {1}, .tolerance = 1e-13});
  const at::Tensor expected =
      at::tensor({0.990827001, 0.253656179, -0.111688438, -0.227889784, -0.123850024, 0.027530267,
                  -0.486554004, -0.406315212, -0.132976842, 0.118640347, 0.165822165, 0.077950027,
                  -0.504272997, 0.152659033, 0.244665281, 0.109249437, -0.041972141, -0.105480293},
                 at::kFloat);
  EXPECT_TRUE(weak.converged);
  EXPECT_LT((weak.weight.flatten() - expected).abs().max().item<double>(), 2e-5);
  const at::Tensor bias = weak.bias - weak.bias.mean();
  EXPECT_NEAR(bias[0].item<double>(), -0.19743517, 2e-5);
  EXPECT_NEAR(bias[2].item<double>(), 0.11750087, 2e-5);
  EXPECT_NEAR(weak.accuracy(features(), labels()), 0.6083333333, 1e-9);
  const at::Tensor loss = at::cross_entropy_loss(weak.logits(features()), labels());
  EXPECT_NEAR(loss.item<double>(), 0.8726384796, 1e-5);

  const LinearProbe strong =
      fit_linear_probe(features(), labels(), classes, {.penalties = {100}, .tolerance = 1e-13});
  EXPECT_NEAR(strong.weight[0][0].item<double>(), 0.334695745, 2e-5);
  EXPECT_NEAR(strong.weight[2][5].item<double>(), -0.048714834, 2e-5);
  EXPECT_NEAR(strong.accuracy(features(), labels()), 0.6291666667, 1e-9);
}

TEST(LinearProbe, MoreFeaturesThanSamplesHasTheSameOptimum) {
  // With each feature twice, the penalised optimum halves every weight's share at twice the
  // penalty.
  const at::Tensor few = features().slice(0, 0, 9), own = labels().slice(0, 0, 9);
  const LinearProbe once =
      fit_linear_probe(few, own, classes, {.penalties = {2}, .tolerance = 1e-13});
  const LinearProbe twice = fit_linear_probe(at::cat({few, few}, 1), own, classes,
                                             {.penalties = {4}, .tolerance = 1e-13});
  EXPECT_TRUE(at::allclose(once.logits(few), twice.logits(at::cat({few, few}, 1)), 1e-3, 1e-4));
}

TEST(LinearProbe, ConstantFeaturesDoNoHarm) {
  const at::Tensor x = at::cat({features(), at::full({n, 1}, 7.0)}, 1);
  const LinearProbe probe = fit_linear_probe(x, labels(), classes, {.penalties = {1}});
  EXPECT_TRUE(probe.weight.isfinite().all().item<bool>());
  EXPECT_NEAR(probe.weight.select(1, 6).abs().max().item<double>(), 0, 1e-6);
}

TEST(LinearProbe, OfConstantFeaturesAloneKnowsTheSharesOfTheClasses) {
  const at::Tensor labels = at::tensor({0, 1, 1, 1}, at::kLong);
  for (const std::int64_t features : {3, 9}) {
    const LinearProbe probe = fit_linear_probe(at::ones({4, features}), labels, 2);
    EXPECT_TRUE(probe.predict(at::ones({2, features})).eq(1).all().item<bool>()) << features;
    EXPECT_NEAR((probe.bias[1] - probe.bias[0]).item<double>(), std::log(3), 0.01) << features;
  }
}

TEST(LinearProbe, TakesFeaturesInAnyLayout) {
  const LinearProbeOptions options{.penalties = {1}, .tolerance = 1e-13};
  const at::Tensor x = features(), columns = x.t().contiguous().t();
  const LinearProbe expected = fit_linear_probe(x, labels(), classes, options);
  const LinearProbe found = fit_linear_probe(columns, labels(), classes, options);
  EXPECT_TRUE(at::allclose(found.logits(x), expected.logits(x), 1e-3, 1e-4));
}

// Raw pictures of 32 × 32 in colour have 3,072 features, more than LAPACK's ssyevd can take.
TEST(LinearProbe, TakesMoreFeaturesThanSinglePrecisionCanCount) {
  constexpr std::int64_t copies = 13, many = 3000;
  const at::Tensor rows = features().repeat({copies, 1}), all = labels().repeat({copies});
  const at::Tensor wide = at::cat({rows, at::zeros({rows.size(0), many - width})}, 1);
  const LinearProbeOptions options{.penalties = {1}, .tolerance = 1e-13};
  const LinearProbe probe = fit_linear_probe(wide, all, classes, options);
  const LinearProbe own = fit_linear_probe(rows, all, classes, options);
  EXPECT_TRUE(at::allclose(probe.logits(wide), own.logits(rows), 1e-3, 1e-4));
}

TEST(LinearProbe, TheUnitOfAFeatureDoesNotMatter) {
  // 1e-6 of the largest feature's deviation is small beside it, and still all that a sensor in
  // other units says. Around a large mean, too: the difference is what tells.
  const at::Tensor x = features();
  const at::Tensor units = at::tensor({1e-9, 1.0, 1e9, 1e-3, 1e-20, 1e4}, at::kFloat);
  const LinearProbeOptions options{.penalties = {1}, .tolerance = 1e-13};
  const LinearProbe plain = fit_linear_probe(x, labels(), classes, options);
  const LinearProbe scaled = fit_linear_probe(x * units, labels(), classes, options);
  EXPECT_LT((plain.weight - scaled.weight).abs().max().item<double>(), 1e-4);
  EXPECT_TRUE(at::allclose(plain.logits(x), scaled.logits(x * units), 1e-3, 1e-4));

  const at::Tensor moved = at::cat({x, x.slice(1, 0, 1) + 1e4}, 1);
  const LinearProbe far = fit_linear_probe(moved, labels(), classes, options);
  const LinearProbe near =
      fit_linear_probe(at::cat({x, x.slice(1, 0, 1)}, 1), labels(), classes, options);
  EXPECT_TRUE(
      at::allclose(far.logits(moved), near.logits(at::cat({x, x.slice(1, 0, 1)}, 1)), 1e-2, 1e-2));
}

TEST(LinearProbe, ChoosesAStrongPenaltyForNoiseAndAWeakOneForRules) {
  at::manual_seed(3);
  const at::Tensor own = at::arange(200).remainder(2);
  const at::Tensor signal = own.to(at::kFloat).unsqueeze(1) + 0.5 * at::randn({200, 1});
  const at::Tensor noisy = at::cat({signal, at::randn({200, 150})}, 1);
  const LinearProbe careful = fit_linear_probe(noisy, own, 2);
  EXPECT_GE(careful.penalty, 30);
  EXPECT_EQ(careful.selection_accuracy.size(), 9u);
  const at::Tensor x = at::randn({600, 2});
  const at::Tensor rule = (x.select(1, 0) + 0.02 * x.select(1, 1) > 0).to(at::kLong);
  EXPECT_GT(fit_linear_probe(x, rule, 2).accuracy(x, rule), 0.99);
}

TEST(LinearProbe, RefusesWrongInput) {
  EXPECT_THROW(fit_linear_probe(features(), labels().slice(0, 1), classes), Error);
  EXPECT_THROW(fit_linear_probe(features(), labels(), 2), Error);
  EXPECT_THROW(fit_linear_probe(features(), labels(), classes, {.penalties = {0}}), Error);
}

TEST(Subsets, AreStratifiedAndRepeatable) {
  // 50 of class 0, 30 of class 1, 3 of class 2, 17 without a label
  const at::Tensor own = at::cat({at::zeros({50}, at::kLong), at::ones({30}, at::kLong),
                                  at::full({3}, 2, at::kLong), at::full({17}, -1, at::kLong)});
  const at::Tensor chosen = stratified_subset(own, 23, 5);
  const at::Tensor counts = at::bincount(own.index_select(0, chosen));
  EXPECT_EQ(counts.sum().item<int64_t>(), 23);
  EXPECT_EQ(counts[0].item<int64_t>(), 10);
  EXPECT_EQ(counts[1].item<int64_t>(), 10);
  EXPECT_EQ(counts[2].item<int64_t>(), 3);
  EXPECT_TRUE(at::equal(chosen, stratified_subset(own, 23, 5)));
  EXPECT_FALSE(at::equal(chosen, stratified_subset(own, 23, 6)));
  EXPECT_EQ(labelled(own).size(0), 83);
  EXPECT_THROW(stratified_subset(own, 84, 0), Error);
}

/// So many samples of each class, in a random order.
at::Tensor labels_of(const std::vector<std::int64_t>& counts) {
  std::vector<at::Tensor> alike;
  for (std::size_t c = 0; c < counts.size(); ++c)
    alike.push_back(at::full({counts[c]}, static_cast<std::int64_t>(c), at::kLong));
  const at::Tensor sorted = at::cat(alike);
  return sorted.index_select(0, at::randperm(sorted.size(0), at::kLong));
}

TEST(Subsets, FoldsHoldEachClassAlike) {
  at::manual_seed(2);
  const at::Tensor own = labels_of({43, 22, 11, 5});
  const at::Tensor folds = stratified_folds(own, 5, 9);
  const at::Tensor sizes = at::bincount(folds, {}, 5);
  EXPECT_LE((sizes.max() - sizes.min()).item<std::int64_t>(), 1);
  for (std::int64_t c = 0; c < 4; ++c) {
    const at::Tensor counts = at::bincount(folds.masked_select(own.eq(c)), {}, 5);
    ASSERT_EQ(counts.size(0), 5);
    EXPECT_LE((counts.max() - counts.min()).item<std::int64_t>(), 1) << c;
  }
  EXPECT_TRUE(at::equal(folds, stratified_folds(own, 5, 9)));
  EXPECT_FALSE(at::equal(folds, stratified_folds(own, 5, 10)));
}

TEST(Subsets, ProportionalOnesKeepTheSharesOfTheClasses) {
  at::manual_seed(2);
  const at::Tensor own = labels_of({900, 90, 10});
  const at::Tensor chosen = proportional_subset(own, 200, 4);
  EXPECT_TRUE(
      at::equal(at::bincount(own.index_select(0, chosen)), at::tensor({180, 18, 2}, at::kLong)));
  EXPECT_TRUE(chosen.slice(0, 1).gt(chosen.slice(0, 0, 199)).all().item<bool>());
  EXPECT_FALSE(at::equal(chosen, proportional_subset(own, 200, 5)));
  EXPECT_TRUE(at::equal(proportional_subset(own, 1000, 4), at::arange(1000, at::kLong)));
  EXPECT_THROW(proportional_subset(own, 1001, 4), Error);
}

TEST(Subsets, EvenlySpacedRowsReachTheEnd) {
  EXPECT_TRUE(at::equal(evenly_spaced(10, 4), at::tensor({0, 2, 5, 7}, at::kLong)));
  EXPECT_TRUE(at::equal(evenly_spaced(3, 4), at::tensor({0, 1, 2}, at::kLong)));
}

}  // namespace
}  // namespace cmc::evaluation
