#include "cmc/kernels/batch_norm.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <torch/types.h>

#include <vector>

#include "cmc/error.h"
#include "cmc/team.h"

namespace cmc::kernels {
namespace {

constexpr double epsilon = 1e-5;

struct Result {
  at::Tensor y, mean, variance, x_gradient, weight_gradient, bias_gradient;
};

/// Of Σ y · upstream.
template <class Norm>
Result differentiated(const at::Tensor& given, const at::Tensor& w, const at::Tensor& b,
                      const at::Tensor& upstream, const Norm& norm) {
  at::Tensor x = given.detach().requires_grad_(), weight = w.detach().requires_grad_(),
             bias = b.detach().requires_grad_();
  BatchNorm made = norm(x, weight, bias);
  made.y.backward(upstream.to(made.y.scalar_type()));
  return {made.y.detach(), made.mean, made.variance, x.grad(), weight.grad(), bias.grad()};
}

/// The definition, in float64.
Result definition(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  const at::Tensor& upstream, bool relu) {
  return differentiated(
      x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), upstream.to(at::kDouble),
      [&](const at::Tensor& v, const at::Tensor& w, const at::Tensor& b) {
        std::vector<std::int64_t> places{0}, shape{1, v.size(1)};
        for (std::int64_t d = 2; d < v.dim(); ++d) {
          places.push_back(d);
          shape.push_back(1);
        }
        const at::Tensor mean = v.mean(places, true), around = v - mean;
        const at::Tensor square = around.square().mean(places, true);
        const at::Tensor y = w.view(shape) * around / (square + epsilon).sqrt() + b.view(shape);
        const double n = static_cast<double>(v.numel() / v.size(1));
        return BatchNorm{relu ? y.clamp_min(0) : y, mean.flatten().detach(),
                         square.flatten().detach() * n / (n - 1)};
      });
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  const double scale = b.abs().max().item<double>();
  return (a.to(at::kDouble) - b).abs().max().item<double>() / (scale > 0 ? scale : 1);
}

struct Case {
  std::vector<std::int64_t> shape;
  double offset;  ///< of the mean, in deviations
};

void check_case(const Case& given, at::ScalarType type, bool relu, double tolerance) {
  at::manual_seed(3);
  at::Tensor x = (at::randn(given.shape) + given.offset).to(type);
  if (x.dim() == 4) x = x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = at::rand({given.shape[1]}) + 0.5, bias = at::randn({given.shape[1]});
  const at::Tensor upstream = at::randn(given.shape).to(type);
  const Result truth = definition(x, weight, bias, upstream, relu);
  const Result found =
      differentiated(x, weight, bias, upstream,
                     [&](const at::Tensor& v, const at::Tensor& w, const at::Tensor& b) {
                       return batch_norm(v, w, b, epsilon, relu);
                     });
  EXPECT_EQ(found.y.scalar_type(), type);
  EXPECT_EQ(found.y.sizes(), x.sizes());
  EXPECT_LT(difference(found.y, truth.y), tolerance);
  EXPECT_LT(difference(found.mean, truth.mean), 1e-5);
  EXPECT_LT(difference(found.variance, truth.variance), 1e-5);
  EXPECT_LT(difference(found.x_gradient, truth.x_gradient), tolerance);
  EXPECT_LT(difference(found.weight_gradient, truth.weight_gradient), 2e-4);
  EXPECT_LT(difference(found.bias_gradient, truth.bias_gradient), 2e-4);
}

const std::vector<Case> cases = {{{5, 1}, 0},          {{700, 37}, 0},       {{64, 512}, 30},
                                 {{3, 5, 2, 7}, 0},    {{40, 64, 9, 11}, 0}, {{33, 96, 5, 5}, -20},
                                 {{16, 83, 12, 12}, 3}};

TEST(BatchNorm, IsItsDefinitionForEveryInstructionSet) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    for (const Case& one : cases) {
      for (const bool relu : {false, true}) {
        SCOPED_TRACE(std::string(hwy::TargetName(target)) + ", " + std::to_string(one.shape[1]) +
                     " channels" + (relu ? ", relu" : ""));
        check_case(one, at::kFloat, relu, 1e-5);
        // A result of bfloat16 is off by half a unit of its eight digits.
        check_case(one, at::kBFloat16, relu, 1.0 / 256);
      }
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(BatchNorm, TakesAGradientInAnyLayout) {
  const at::Tensor x = at::randn({4, 8, 3, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = at::ones({8}), bias = at::zeros({8}),
                   upstream = at::randn({4, 8, 3, 5});
  const auto norm = [](const at::Tensor& v, const at::Tensor& w, const at::Tensor& b) {
    return batch_norm(v, w, b, epsilon, true);
  };
  const Result one = differentiated(x, weight, bias, upstream, norm);
  const Result other =
      differentiated(x, weight, bias, upstream.contiguous(at::MemoryFormat::ChannelsLast), norm);
  EXPECT_TRUE(at::equal(one.x_gradient, other.x_gradient));
  const Result contiguous = differentiated(x.contiguous(), weight, bias, upstream, norm);
  EXPECT_TRUE(at::equal(one.x_gradient, contiguous.x_gradient));
}

TEST(BatchNorm, OfATeamIsThatOfTheWholeBatch) {
  at::manual_seed(5);
  const at::Tensor x = at::randn({90, 24}) + 4, weight = at::rand({24}) + 0.5,
                   bias = at::randn({24}), upstream = at::randn({90, 24});
  const Result truth = definition(x, weight, bias, upstream, true);
  const std::vector<std::int64_t> ends = {0, 17, 18, 90};  // one member has a single row
  Team team(3);
  std::vector<Result> found(3);
  team.run(3, [&](int member) {
    const std::int64_t first = ends[member], count = ends[member + 1] - first;
    found[member] =
        differentiated(x.narrow(0, first, count), weight, bias, upstream.narrow(0, first, count),
                       [&](const at::Tensor& v, const at::Tensor& w, const at::Tensor& b) {
                         return batch_norm(v, w, b, epsilon, true);
                       });
  });
  EXPECT_LT(difference(at::cat({found[0].y, found[1].y, found[2].y}), truth.y), 1e-5);
  EXPECT_LT(difference(at::cat({found[0].x_gradient, found[1].x_gradient, found[2].x_gradient}),
                       truth.x_gradient),
            1e-5);
  EXPECT_LT(
      difference(found[0].weight_gradient + found[1].weight_gradient + found[2].weight_gradient,
                 truth.weight_gradient),
      1e-5);
  EXPECT_LT(difference(found[0].bias_gradient + found[1].bias_gradient + found[2].bias_gradient,
                       truth.bias_gradient),
            1e-5);
  for (const Result& one : found) EXPECT_LT(difference(one.variance, truth.variance), 1e-5);
}

TEST(BatchNorm, RefusesASingleValueAChannel) {
  EXPECT_THROW(batch_norm(at::randn({1, 3}), at::ones({3}), at::zeros({3}), epsilon, false), Error);
}

}  // namespace
}  // namespace cmc::kernels
