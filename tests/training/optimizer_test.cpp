#include "cmc/training/optimizer.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::training {
namespace {

NamedParameters parameters() {
  at::manual_seed(3);
  return {{"weight", torch::randn({4, 3}).requires_grad_()},
          {"bias", torch::ones({4}).requires_grad_()}};
}

void give_gradients(NamedParameters& parameters, double scale = 1) {
  for (auto& [name, parameter] : parameters)
    parameter.mutable_grad() = at::full_like(parameter, scale);
}

TEST(Optimizer, DecaysMatricesAndSparesBiases) {
  NamedParameters p = parameters();
  const at::Tensor weight = p[0].second.detach().clone();
  Optimizer optimizer(
      p, {.kind = OptimizerKind::sgd, .learning_rate = 0.1, .weight_decay = 0.5, .momentum = 0});
  give_gradients(p, 0);
  optimizer.step(1);
  EXPECT_TRUE(at::allclose(p[0].second, weight * (1 - 0.1 * 0.5)));
  EXPECT_TRUE(at::equal(p[1].second, at::ones({4})));
}

TEST(Optimizer, AppliesTheSchedulesFactor) {
  NamedParameters p = parameters();
  Optimizer optimizer(
      p, {.kind = OptimizerKind::sgd, .learning_rate = 0.1, .weight_decay = 0, .momentum = 0});
  give_gradients(p);
  optimizer.step(0.5);
  EXPECT_TRUE(at::allclose(p[1].second, at::full({4}, 0.95)));
}

TEST(Optimizer, LarsScalesEachMatrixToItsNorm) {
  NamedParameters p = parameters();
  const at::Tensor weight = p[0].second.detach().clone();
  Optimizer optimizer(p, {.kind = OptimizerKind::lars,
                          .learning_rate = 2,
                          .weight_decay = 0.1,
                          .momentum = 0.9,
                          .trust = 0.01});
  give_gradients(p);
  optimizer.step(1);
  const at::Tensor move = at::ones_like(weight) + 0.1 * weight;
  EXPECT_TRUE(at::allclose(p[0].second, weight - 2 * 0.01 * weight.norm() / move.norm() * move));
  EXPECT_TRUE(at::allclose(p[1].second, at::full({4}, -1.0)));
}

TEST(Optimizer, ClipsTheJointNorm) {
  NamedParameters p = parameters();
  Optimizer optimizer(p, {});
  give_gradients(p, 2);
  const auto norm = [&] { return optimizer.gradient_norm().item<double>(); };
  EXPECT_NEAR(norm(), 2 * std::sqrt(16.0), 1e-5);
  optimizer.clip_gradients(norm(), 0);
  optimizer.clip_gradients(norm(), 9);
  EXPECT_NEAR(norm(), 2 * std::sqrt(16.0), 1e-5);
  optimizer.clip_gradients(norm(), 1);
  EXPECT_NEAR(norm(), 1, 1e-5);
  optimizer.zero_grad();
  EXPECT_EQ(norm(), 0);
}

class OptimizerState : public testing::TestWithParam<OptimizerKind> {};

TEST_P(OptimizerState, GoesOnBitForBitInAnotherOptimizer) {
  NamedParameters one = parameters(), two = parameters();
  const OptimizerOptions options{.kind = GetParam(), .learning_rate = 0.01};
  Optimizer a(one, options);
  for (int i = 0; i < 3; ++i) {
    give_gradients(one, 1 + i);
    a.step(1);
  }
  Optimizer b(two, options);
  {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < one.size(); ++i) two[i].second.copy_(one[i].second);
  }
  b.load_state(a.state());
  for (int i = 0; i < 2; ++i) {
    for (auto* p : {&one, &two}) give_gradients(*p, 0.3 - i);
    a.step(0.7);
    b.step(0.7);
  }
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i].second, two[i].second));
}
INSTANTIATE_TEST_SUITE_P(All, OptimizerState,
                         testing::Values(OptimizerKind::adamw, OptimizerKind::sgd,
                                         OptimizerKind::lars));

TEST(Optimizer, RefusesAStateOfAnotherModel) {
  Optimizer optimizer(parameters(), {});
  EXPECT_THROW(optimizer.load_state({{"other/exp_avg", at::ones({1})}}), Error);
}

}  // namespace
}  // namespace cmc::training
