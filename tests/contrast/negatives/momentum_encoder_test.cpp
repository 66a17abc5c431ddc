#include "cmc/contrast/negatives/momentum_encoder.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "cmc/error.h"

namespace cmc::contrast {
namespace {

TEST(MomentumEncoder, MovesByItsShareAndStartsAsACopy) {
  torch::nn::Linear target(3, 2), source(3, 2);
  momentum_update(*target, *source, 0);
  EXPECT_TRUE(at::equal(target->weight, source->weight));
  const at::Tensor before = target->weight.detach().clone();
  {
    at::NoGradGuard no_grad;
    source->weight.add_(1);
  }
  momentum_update(*target, *source, 0.9);
  EXPECT_TRUE(at::allclose(target->weight, before + 0.1, 1e-6, 1e-7));
  torch::nn::Linear other(4, 2);
  EXPECT_THROW(momentum_update(*target, *other, 0.9), Error);
}

TEST(MomentumEncoder, ForgetsItsFirstWeightsHoweverShortTheTraining) {
  EXPECT_DOUBLE_EQ(momentum_at(0.999, 0), 0.1);
  EXPECT_DOUBLE_EQ(momentum_at(0.999, 90), 0.91);
  EXPECT_DOUBLE_EQ(momentum_at(0.999, 1000000), 0.999);
  EXPECT_DOUBLE_EQ(momentum_at(0.5, 90), 0.5);
  // What is left of the first weights falls like t⁻⁹: 200 steps leave none.
  double left = 1;
  for (std::int64_t step = 0; step < 200; ++step) left *= momentum_at(0.999, step);
  EXPECT_LT(left, 1e-12);
}

}  // namespace
}  // namespace cmc::contrast
