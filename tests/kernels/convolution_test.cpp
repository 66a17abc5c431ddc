#include "cmc/kernels/convolution.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <functional>
#include <vector>

#include "cmc/kernels/cpu/amx.h"
#include "cmc/team.h"

namespace cmc::kernels {
namespace {

struct Case {
  std::int64_t n, in, out, height, width, kernel[2], stride[2], padding[2];
};

const std::vector<Case> cases = {
    {5, 32, 64, 28, 14, {3, 3}, {2, 2}, {1, 1}},   // in chunks of one picture and of several
    {40, 64, 32, 7, 4, {3, 3}, {1, 1}, {1, 1}},    //
    {3, 33, 47, 9, 7, {3, 3}, {2, 2}, {1, 1}},     // channels that fill no tile
    {2, 16, 20, 8, 9, {3, 3}, {2, 2}, {0, 0}},     // no padding, and a row that nothing sees
    {2, 17, 30, 13, 11, {5, 5}, {4, 4}, {2, 2}},   //
    {4, 48, 128, 27, 27, {5, 5}, {1, 1}, {2, 2}},  // the halved AlexNet's second
    {3, 64, 128, 14, 14, {1, 1}, {2, 2}, {0, 0}},  // a residual network's short cut
    {2, 20, 24, 17, 15, {7, 7}, {2, 2}, {3, 3}},   //
    {6, 24, 40, 1, 250, {1, 3}, {1, 1}, {0, 1}},   // a waveform
    {6, 40, 32, 1, 37, {1, 5}, {1, 2}, {0, 2}},    //
    {1, 16, 16, 2, 2, {3, 3}, {1, 1}, {1, 1}},     //
    {9, 1, 32, 28, 14, {3, 3}, {1, 1}, {1, 1}},    // few channels
    {5, 3, 64, 32, 32, {3, 3}, {2, 2}, {1, 1}},
    {2, 2, 48, 67, 63, {11, 11}, {4, 4}, {2, 2}},
    {4, 1, 20, 1, 99, {1, 9}, {1, 4}, {0, 4}},
    {3, 2, 16, 5, 5, {1, 1}, {1, 1}, {0, 0}},
    // One pixel with a stride: oneDNN 2.6.3's gradient by weights is 200 times too large on AMX.
    {24, 256, 512, 1, 1, {3, 3}, {2, 2}, {1, 1}},
    {700, 16, 16, 1, 1, {3, 3}, {1, 1}, {1, 1}},  // a single pixel
};

struct Result {
  at::Tensor y, x_gradient, weight_gradient;
};

/// Of Σ y · upstream.
Result differentiated(const at::Tensor& given, const at::Tensor& weights,
                      const at::Tensor& upstream,
                      const std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>& of) {
  const at::Tensor x = given.detach().clone().requires_grad_(),
                   w = weights.detach().clone().requires_grad_();
  const at::Tensor y = of(x, w);
  y.backward(upstream.to(y.scalar_type()));
  return {y.detach(), x.grad(), w.grad()};
}

at::Tensor rounded(const at::Tensor& x) {
  return x.to(at::kBFloat16).to(x.scalar_type());
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b).abs().max().item<double>() / b.abs().max().item<double>();
}

class Convolutions : public testing::Test {
 protected:
  void SetUp() override {
    if (!may_use_amx()) GTEST_SKIP() << "this processor has no AMX";
    torch::manual_seed(1);
  }
};

TEST_F(Convolutions, AgreeWithFloat64) {
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message()
                 << c.in << " to " << c.out << " channels of " << c.height << " x " << c.width);
    const at::Tensor x = rounded(at::randn({c.n, c.in, c.height, c.width})),
                     w = rounded(at::randn({c.out, c.in, c.kernel[0], c.kernel[1]}));
    ASSERT_TRUE(has_convolution(x, w));
    const at::IntArrayRef stride(c.stride), padding(c.padding);
    const auto plain = [&](const at::Tensor& v, const at::Tensor& u) {
      return at::conv2d(v, u, {}, stride, padding);
    };
    const at::Tensor upstream =
        rounded(at::randn(plain(x, w).sizes()).contiguous(at::MemoryFormat::ChannelsLast));
    const Result expected =
        differentiated(x.to(at::kDouble), w.to(at::kDouble), upstream.to(at::kDouble), plain);
    const Result found =
        differentiated(x, w, upstream, [&](const at::Tensor& v, const at::Tensor& u) {
          return convolution(
              v, u,
              {.stride = {c.stride[0], c.stride[1]}, .padding = {c.padding[0], c.padding[1]}});
        });
    EXPECT_EQ(found.y.scalar_type(), at::kBFloat16);
    EXPECT_EQ(found.x_gradient.scalar_type(), at::kFloat);
    EXPECT_LT(difference(found.y, expected.y), 1.0 / 256);  // bfloat16's rounding
    EXPECT_LT(difference(found.x_gradient, expected.x_gradient), 1.0 / 256);
    EXPECT_LT(difference(found.weight_gradient, expected.weight_gradient), 1e-5);
  }
}

TEST_F(Convolutions, TakePicturesInAnyLayoutAndType) {
  const at::Tensor x = at::randn({3, 16, 6, 5}), w = at::randn({32, 16, 3, 3});
  const ConvolutionSteps steps{.stride = {1, 1}, .padding = {1, 1}};
  const at::Tensor y = convolution(x, w, steps);
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(y.equal(convolution(x.contiguous(at::MemoryFormat::ChannelsLast),
                                  w.contiguous(at::MemoryFormat::ChannelsLast), steps)));
  EXPECT_TRUE(y.equal(convolution(x.to(at::kBFloat16), w, steps)));
  EXPECT_TRUE(y.equal(convolution(x.transpose(2, 3).contiguous().transpose(2, 3), w, steps)));
}

TEST_F(Convolutions, GiveTheSameValuesOnOneThread) {
  const at::Tensor x = at::randn({9, 32, 12, 12}), w = at::randn({32, 32, 3, 3}),
                   upstream = at::randn({9, 32, 12, 12});
  const auto of = [](const at::Tensor& v, const at::Tensor& u) {
    return convolution(v, u, {.stride = {1, 1}, .padding = {1, 1}});
  };
  const Result several = differentiated(x, w, upstream, of),
               again = differentiated(x, w, upstream, of);
  EXPECT_TRUE(several.weight_gradient.equal(again.weight_gradient));
  Result one;
  Team(1).run(1, [&](int) { one = differentiated(x, w, upstream, of); });
  EXPECT_TRUE(several.y.equal(one.y));
  EXPECT_TRUE(several.x_gradient.equal(one.x_gradient));
  EXPECT_LT(difference(several.weight_gradient, one.weight_gradient.to(at::kDouble)), 1e-6);
}

TEST_F(Convolutions, AreNotForFewChannelsOrOtherTypes) {
  const at::Tensor x = at::randn({2, 16, 8, 8});
  EXPECT_FALSE(has_convolution(x, at::randn({8, 16, 3, 3})));
  EXPECT_FALSE(has_convolution(x.to(at::kDouble), at::randn({32, 16, 3, 3})));
  EXPECT_FALSE(has_convolution(at::zeros({0, 16, 8, 8}), at::randn({32, 16, 3, 3})));
}

}  // namespace
}  // namespace cmc::kernels
