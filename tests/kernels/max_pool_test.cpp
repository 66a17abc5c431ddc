#include "cmc/kernels/max_pool.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cmc/error.h"

namespace cmc::kernels {
namespace {

struct Case {
  std::vector<std::int64_t> shape;
  PoolWindows windows;
};

const std::vector<Case> cases = {
    {{3, 32, 28, 14}, {.size = {2, 2}, .stride = {2, 2}}},
    {{2, 48, 7, 5}, {.size = {2, 2}, .stride = {2, 2}}},  // a row and a column in no window
    {{2, 19, 13, 11}, {.size = {3, 3}, .stride = {2, 2}}},
    {{2, 64, 12, 12}, {.size = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}},
    {{4, 5, 1, 37}, {.size = {1, 4}, .stride = {1, 4}}},
    {{2, 3, 9, 9}, {.size = {2, 2}, .stride = {3, 3}}},  // gaps between windows
    {{1, 1, 3, 3}, {.size = {3, 3}, .stride = {1, 1}, .padding = {1, 1}}},
};

at::Tensor plain(const at::Tensor& x, const PoolWindows& w) {
  return at::max_pool2d(x, at::IntArrayRef(w.size), at::IntArrayRef(w.stride),
                        at::IntArrayRef(w.padding));
}

/// The gradient of Σ y · upstream.
at::Tensor gradient(const at::Tensor& x, const at::Tensor& y, const at::Tensor& upstream) {
  y.backward(upstream.to(y.scalar_type()));
  return x.grad();
}

TEST(MaxPool, IsLibtorchs) {
  torch::manual_seed(1);
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << at::IntArrayRef(c.shape));
    // Of few values, so that many are equal: the first of them gets the gradient.
    const at::Tensor values = at::randint(0, 4, c.shape).to(at::kFloat);
    const at::Tensor x = values.clone().requires_grad_(), own = values.clone().requires_grad_();
    const at::Tensor expected = plain(x, c.windows), found = max_pool(own, c.windows);
    EXPECT_TRUE(found.equal(expected));
    EXPECT_TRUE(found.is_contiguous(at::MemoryFormat::ChannelsLast));
    const at::Tensor upstream = at::randint(-3, 4, expected.sizes()).to(at::kFloat);
    EXPECT_TRUE(gradient(own, found, upstream).equal(gradient(x, expected, upstream)));
  }
}

TEST(MaxPool, IsLibtorchsInBfloat16) {
  torch::manual_seed(2);
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << at::IntArrayRef(c.shape));
    const at::Tensor values = at::randn(c.shape).to(at::kBFloat16);
    const at::Tensor x = values.to(at::kFloat).requires_grad_(),
                     own = values.clone().requires_grad_();
    const at::Tensor expected = plain(x, c.windows), found = max_pool(own, c.windows);
    EXPECT_EQ(found.scalar_type(), at::kBFloat16);
    EXPECT_TRUE(found.to(at::kFloat).equal(expected));
    const at::Tensor upstream = at::randint(-3, 4, expected.sizes()).to(at::kFloat);
    EXPECT_TRUE(
        gradient(own, found, upstream).to(at::kFloat).equal(gradient(x, expected, upstream)));
  }
}

TEST(MaxPool, PassesNaNOn) {
  at::Tensor x = at::zeros({1, 17, 4, 4});
  x[0][16][1][0] = std::numeric_limits<float>::quiet_NaN();
  x[0][3][2][2] = -std::numeric_limits<float>::infinity();
  const PoolWindows halves{.size = {2, 2}, .stride = {2, 2}};
  const at::Tensor y = max_pool(x, halves);
  EXPECT_TRUE(std::isnan(y[0][16][0][0].item<float>()));
  EXPECT_EQ(y.isnan().sum().item<int>(), 1);
  EXPECT_EQ(y[0][3][1][1].item<float>(), 0);
}

TEST(MaxPool, RefusesWindowsThatDoNotFit) {
  const at::Tensor x = at::zeros({1, 2, 3, 8});
  EXPECT_THROW(max_pool(x, {.size = {4, 4}, .stride = {1, 1}}), Error);
  EXPECT_THROW(max_pool(at::zeros({1, 2, 20, 20}), {.size = {16, 16}, .stride = {1, 1}}), Error);
}

}  // namespace
}  // namespace cmc::kernels
