#include "cmc/training/sgd.h"

#include <gtest/gtest.h>
#include <torch/optim/sgd.h>
#include <torch/types.h>

#include "cmc/error.h"

namespace cmc::training {
namespace {

using torch::optim::SGD;
using torch::optim::SGDOptions;

/// A matrix of several pieces and a rest, kernels in channels-last order, and a bias.
std::vector<at::Tensor> three_parameters() {
  at::manual_seed(5);
  return {torch::randn({301, 257}).requires_grad_(),
          torch::randn({40, 64, 5, 5}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_(),
          torch::randn({7}).requires_grad_()};
}

TEST(PiecewiseSgd, MovesAsLibtorchsSgd) {
  for (const double momentum : {0.0, 0.9}) {
    const SGDOptions options = SGDOptions(0.1).momentum(momentum).weight_decay(0.01);
    const std::vector<at::Tensor> ours = three_parameters(), theirs = three_parameters();
    PiecewiseSgd a(ours, options);
    SGD b(theirs, options);
    for (int step = 0; step < 3; ++step) {
      for (std::size_t i = 0; i < ours.size(); ++i) {
        ours[i].mutable_grad() = at::sin(ours[i].detach() * (i + 1.0) + step);
        theirs[i].mutable_grad() = ours[i].grad().clone();
      }
      // Gradients of another memory order than the weights'.
      if (step == 1) ours[1].mutable_grad() = ours[1].grad().contiguous();
      a.step();
      b.step();
    }
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-5, 1e-6)) << i << ", momentum " << momentum;
  }
}

TEST(PiecewiseSgd, LeavesTheGradientAlone) {
  const std::vector<at::Tensor> p = three_parameters();
  for (const at::Tensor& x : p) x.mutable_grad() = at::ones_like(x);
  PiecewiseSgd(p, SGDOptions(0.1).momentum(0.9).weight_decay(0.01)).step();
  for (const at::Tensor& x : p) EXPECT_TRUE(at::equal(x.grad(), at::ones_like(x)));
}

TEST(PiecewiseSgd, RefusesWhatItHasNot) {
  const std::vector<at::Tensor> p = three_parameters();
  EXPECT_THROW(PiecewiseSgd(p, SGDOptions(0.1).momentum(0.9).nesterov(true)).step(), Error);
  EXPECT_THROW(PiecewiseSgd(p, SGDOptions(0.1).momentum(0.9).dampening(0.1)).step(), Error);
}

}  // namespace
}  // namespace cmc::training
