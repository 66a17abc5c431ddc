#include "cmc/training/adamw.h"

#include <gtest/gtest.h>
#include <torch/optim/adamw.h>
#include <torch/types.h>

#include "cmc/error.h"

namespace cmc::training {
namespace {

using torch::optim::AdamW;
using torch::optim::AdamWOptions;

/// A matrix of several pieces and a rest, kernels in channels-last order, and a bias.
std::vector<at::Tensor> weights() {
  at::manual_seed(5);
  return {torch::randn({301, 257}).requires_grad_(),
          torch::randn({40, 64, 5, 5}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_(),
          torch::randn({7}).requires_grad_()};
}

TEST(PiecewiseAdamW, MovesAsLibtorchsAdamW) {
  for (const double decay : {0.0, 0.1}) {
    const AdamWOptions options = AdamWOptions(0.01).betas({0.9, 0.98}).weight_decay(decay);
    const std::vector<at::Tensor> ours = weights(), theirs = weights();
    PiecewiseAdamW a(ours, options);
    AdamW b(theirs, options);
    for (int step = 0; step < 4; ++step) {
      for (std::size_t i = 0; i < ours.size(); ++i) {
        ours[i].mutable_grad() = at::sin(ours[i].detach() * (i + 1.0) + step);
        theirs[i].mutable_grad() = ours[i].grad().clone();
      }
      // Gradients of another memory order than the weights', and none.
      if (step == 1) ours[1].mutable_grad() = ours[1].grad().contiguous();
      if (step == 2) ours[2].mutable_grad() = theirs[2].mutable_grad() = at::Tensor();
      a.step();
      b.step();
    }
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-5, 1e-6)) << i << ", decay " << decay;
  }
}

TEST(PiecewiseAdamW, LeavesTheGradientAlone) {
  const std::vector<at::Tensor> p = weights();
  for (const at::Tensor& x : p) x.mutable_grad() = at::ones_like(x);
  PiecewiseAdamW(p, AdamWOptions(0.1).weight_decay(0.01)).step();
  for (const at::Tensor& x : p) EXPECT_TRUE(at::equal(x.grad(), at::ones_like(x)));
}

TEST(PiecewiseAdamW, RefusesWhatItHasNot) {
  EXPECT_THROW(PiecewiseAdamW(weights(), AdamWOptions(0.1).amsgrad(true)).step(), Error);
}

}  // namespace
}  // namespace cmc::training
