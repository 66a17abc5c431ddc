#include "cmc/contrast/losses/sigmoid.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "cmc/contrast/gradient_cache.h"
#include "cmc/contrast/objective.h"
#include "tests/contrast/batches.h"
#include "tests/contrast/losses/known_answers.h"
#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

TEST(Sigmoid, FollowsItsFormula) {
  expect_each(sigmoid(similarities(), tau(0.2), tau(-1.5)), [](int i) {
    return -std::log(sigmoid(positive[i] / 0.2 - 1.5)) -
           over_negatives(i, [](double s) { return std::log(sigmoid(-(s / 0.2 - 1.5))); });
  });
}

TEST(Sigmoid, AnAnchorWithoutNegativesAddsNothing) {
  EXPECT_EQ(sigmoid(without_negatives(), tau(0.1), tau(-10)).item<double>(), 0);
}

TEST(Sigmoid, StartsAsPublishedAndHasBothAsParameters) {
  at::manual_seed(1);
  Objective objective({.loss = SigmoidOptions{}});
  const auto parameters = objective->named_parameters();
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_NEAR(parameters["log_inverse_temperature"].item<double>(), std::log(10.0), 1e-6);
  EXPECT_EQ(parameters["logit_bias"].item<double>(), -10);
  const std::vector<at::Tensor> z = {at::randn({8, 4}), at::randn({8, 4})};
  const ContrastResult result = objective->forward(z, range(8));
  EXPECT_NEAR(result.figures().temperature, 0.1, 1e-7);
  EXPECT_EQ(result.figures().logit_bias, -10);
  result.loss.backward();
  EXPECT_NE(parameters["log_inverse_temperature"].grad().item<double>(), 0);
  EXPECT_NE(parameters["logit_bias"].grad().item<double>(), 0);
  {
    at::NoGradGuard no_grad;
    at::Tensor bias = parameters["logit_bias"];
    bias.fill_(-3);
  }
  EXPECT_EQ(objective->forward(z, range(8)).figures().logit_bias, -3);
}

TEST(Sigmoid, CanHaveBothFixed) {
  Objective objective({.loss = SigmoidOptions{.temperature = 0.2, .bias = -2.5}});
  EXPECT_TRUE(objective->parameters().empty());
  const std::vector<at::Tensor> z = {at::eye(3), at::eye(3)};
  const ContrastFigures figures = objective->forward(z, range(3)).figures();
  EXPECT_EQ(figures.logit_bias, -2.5);
  EXPECT_NEAR(figures.directions[0].loss,
              std::log1p(std::exp(2.5 - 1 / 0.2)) + 2 * std::log1p(std::exp(-2.5)), 1e-6);
}

TEST(Sigmoid, RefusesABiasThatIsNotFinite) {
  for (const double bias : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_NE(message([&] {
                Objective({.loss = SigmoidOptions{.bias = bias}});
              }).find("the bias of the sigmoid loss is"),
              std::string::npos);
    EXPECT_NE(message([&] {
                Objective({.loss = SigmoidOptions{.bias = LearnedBias{.initial = bias}}});
              }).find("it must be finite, such as -10"),
              std::string::npos);
  }
  EXPECT_NE(
      message([] { Objective({.loss = SigmoidOptions{.temperature = 0.0}}); }).find("divides"),
      std::string::npos);
}

struct KnownSigmoid {
  double inverse_temperature, bias;
  std::vector<double> loss, a0, b5, scale, by_bias;
};

// What open_clip 3.3.0's SigLipLoss gives for known_views() in float64: the loss, the gradients of
// the first row of a and the last of b, of 1/τ and of b.
const std::vector<KnownSigmoid> of_open_clip = {
    {10,
     -10,
     {1.72683864006},
     {-0.334157612645, 0.10897737601, 0.272184594615, -0.258191305255},
     {0.0895535760388, -0.161544427743, -0.0171055464182, 0.446737017089},
     {-0.625550354968},
     {-0.720596349671}},
    {10,
     -1,
     {9.29666945961},
     {-0.666037020501, 0.187875945963, 0.492392516121, 0.999210829438},
     {-0.783019108894, -0.595711066404, -0.52198657901, -0.586413889718},
     {1.06571324713},
     {1.93499442396}},
    {50,
     -4,
     {46.9249460875},
     {-4.43862864281, 1.25806357488, 3.34629488707, 5.46169392137},
     {-5.22481261937, -4.42676759176, -3.63411719414, -3.16608597175},
     {1.09544034057},
     {1.98849585996}}};

TEST(Sigmoid, EqualsOpenClips) {
  for (const KnownSigmoid& known : of_open_clip) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      SCOPED_TRACE(fmt::format("1/τ {}, b {}, {}", known.inverse_temperature, known.bias,
                               c10::toString(type)));
      const auto [a, b] = known_views();
      at::Tensor x = a.to(type).requires_grad_(), y = b.to(type).requires_grad_();
      at::Tensor scale = tau(known.inverse_temperature).requires_grad_(),
                 bias = tau(known.bias).requires_grad_();
      LossState state;
      state.logit_bias = bias;
      const Candidates candidates{
          .pair = {}, .anchors = x, .positives = y, .counts = at::full({6}, 5, at::kLong)};
      const auto directions = score(SigmoidOptions{}, candidates, 1 / scale, state);
      // Each pair stands in both directions: their mean is theirs.
      const at::Tensor loss =
          (directions[0].per_anchor.mean() + directions[1].per_anchor.mean()) / 2;
      loss.backward();
      expect_known(loss, known.loss);
      expect_known(x.grad()[0], known.a0);
      expect_known(y.grad()[5], known.b5);
      expect_known(scale.grad().to(type), known.scale);
      expect_known(bias.grad().to(type), known.by_bias);
    }
  }
}

TEST(Sigmoid, AGradientCacheGivesTheGradientsOfOneBatch) {
  at::manual_seed(2);
  at::Tensor w = at::randn({6, 5}).requires_grad_();
  const at::Tensor x = at::randn({12, 6}), y = at::randn({12, 6});
  Objective objective({.loss = SigmoidOptions{}});
  objective->forward({x.matmul(w), y.matmul(w)}, range(12)).loss.backward();
  const auto parameters = objective->named_parameters();
  std::vector<at::Tensor> expected;
  for (const at::Tensor& parameter :
       {w, parameters["logit_bias"], parameters["log_inverse_temperature"]}) {
    expected.push_back(parameter.grad().clone());
    parameter.mutable_grad().reset();
  }
  contrast_with_gradient_cache(
      objective, 3,
      [&](std::int64_t pass) {
        return std::vector<at::Tensor>{x.narrow(0, 4 * pass, 4).matmul(w),
                                       y.narrow(0, 4 * pass, 4).matmul(w)};
      },
      range(12));
  EXPECT_TRUE(at::allclose(w.grad(), expected[0], 1e-4, 1e-6));
  EXPECT_TRUE(at::allclose(parameters["logit_bias"].grad(), expected[1], 1e-5, 1e-7));
  EXPECT_TRUE(at::allclose(parameters["log_inverse_temperature"].grad(), expected[2], 1e-5, 1e-7));
}

}  // namespace
}  // namespace cmc::contrast
