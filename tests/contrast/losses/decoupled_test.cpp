#include "cmc/contrast/losses/decoupled.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "cmc/contrast/losses/log_odds.h"
#include "cmc/contrast/objective.h"
#include "cmc/kernels/contrast.h"
#include "tests/contrast/batches.h"
#include "tests/contrast/losses/known_answers.h"
#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

/// log Σ exp((s⁻ − s⁺)/τ) of the tried similarities.
at::Tensor tried_log_odds(double t) {
  at::Tensor odds = at::empty({2}, at::kDouble);
  for (int i = 0; i < 2; ++i)
    odds[i] =
        std::log(over_negatives(i, [&](double s) { return std::exp((s - positive[i]) / t); }));
  return odds;
}

TEST(Decoupled, LeavesThePositiveOutOfTheDenominator) {
  expect_each(decoupled(tried_log_odds(0.2), similarities().positive, tau(0.2), 0), [](int i) {
    return -positive[i] / 0.2 +
           std::log(over_negatives(i, [](double s) { return std::exp(s / 0.2); }));
  });
}

TEST(Decoupled, WeighsFarPositivesMore) {
  const double sigma = 0.5,
               mean = (std::exp(positive[0] / sigma) + std::exp(positive[1] / sigma)) / 2;
  const auto weight = [&](int i) { return 2 - std::exp(positive[i] / sigma) / mean; };
  expect_each(positive_weights(similarities().positive, sigma), weight);
  expect_each(decoupled(tried_log_odds(0.2), similarities().positive, tau(0.2), sigma), [&](int i) {
    return -weight(i) * positive[i] / 0.2 +
           std::log(over_negatives(i, [](double s) { return std::exp(s / 0.2); }));
  });
}

TEST(Decoupled, AnAnchorWithoutNegativesAddsNothing) {
  at::Tensor odds = torch::tensor({-std::numeric_limits<double>::infinity(), 1.5}, at::kDouble);
  at::Tensor s = torch::tensor({0.9, 0.1}, at::kDouble).requires_grad_();
  for (const double sigma : {0.0, 0.5}) {
    const at::Tensor loss = decoupled(odds, s, tau(0.1), sigma);
    EXPECT_EQ(loss[0].item<double>(), 0);
    EXPECT_NE(loss[1].item<double>(), 0);
  }
  decoupled(odds, s, tau(0.1), 0.5).sum().backward();
  EXPECT_EQ(s.grad()[0].item<double>(), 0);
}

TEST(Decoupled, RefusesASigmaThatIsNegative) {
  for (const double sigma : {-0.5, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_NE(message([&] {
                Objective({.loss = DecoupledOptions{.weight_sigma = sigma}});
              }).find("σ of the decoupled loss's weights is"),
              std::string::npos);
}

TEST(Decoupled, KeepsItsDigitsWhereEmbeddingsAreFarApart) {
  at::manual_seed(3);
  // Positives nearly together, negatives nearly opposite: at τ = 0.02 k-pair losses are about
  // 1e-43.
  const at::Tensor signs = torch::tensor({1.0, -1.0}, at::kDouble).repeat({2}).unsqueeze(1);
  const at::Tensor base = signs * torch::tensor({{1.0, 0.0, 0.0}}, at::kDouble);
  const at::Tensor a = base + 0.02 * at::randn({4, 3}, at::kDouble),
                   b = base + 0.02 * at::randn({4, 3}, at::kDouble);
  const at::Tensor groups = torch::tensor({0, 1, 0, 1}, at::kLong);
  const auto run = [&](at::ScalarType type) {
    std::vector<at::Tensor> z = {a.to(type).requires_grad_(), b.to(type).requires_grad_()};
    Objective objective({.loss = DecoupledOptions{.temperature = 0.02}, .groups = groups});
    const ContrastResult result = objective->forward(z, range(4));
    result.loss.backward();
    return std::vector<at::Tensor>{result.loss.detach(), z[0].grad(), z[1].grad()};
  };
  const auto ours = run(at::kFloat), truth = run(at::kDouble);
  EXPECT_LT(truth[0].item<double>(), -190);
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_LE((ours[i].to(at::kDouble) - truth[i]).abs().max().item<double>(),
              2e-5 * truth[i].abs().max().item<double>());
}

struct KnownDecoupled {
  double temperature, sigma;
  std::vector<double> loss, a0, b5;
};

// What lightly 1.6.0's DCLLoss and DCLWLoss give for known_views() in float64: the loss, and the
// gradients of the first row of a and the last of b. Their negatives are both views' other samples.
const std::vector<KnownDecoupled> of_lightly = {
    {0.1,
     0,
     {-0.582505412338},
     {-0.637332277717, 0.146522385682, 0.578113189201, 0.0120573369937},
     {-0.10283188661, -0.309653907124, -0.150486012633, 0.316495306101}},
    {0.02,
     0,
     {-4.64091688669},
     {-2.98343692759, 0.702156587841, 2.68334669047, 0.0401566453837},
     {-0.560394293977, -1.6273878789, -0.775215364012, 1.56572437195}},
    {0.1,
     0.5,
     {-0.569637852125},
     {-0.648088023713, 0.150135522286, 0.586764870918, 0.00300830610434},
     {-0.0936812424381, -0.323166826994, -0.15123272465, 0.3571942467}},
    {0.02,
     0.5,
     {-4.57657908562},
     {-3.03721565757, 0.720222270857, 2.72660509906, -0.00508850906286},
     {-0.514641073118, -1.69495247826, -0.778948924097, 1.76921907495}}};

TEST(Decoupled, EqualsLightlys) {
  const at::Tensor i = range(6);
  // Rows (a, b) against columns (b, a): each row meets all but its sample's embeddings.
  const at::Tensor own = at::cat({at::stack({i, i + 6}), at::stack({i + 6, i})}, 1);
  for (const KnownDecoupled& known : of_lightly) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      SCOPED_TRACE(
          fmt::format("τ {}, σ {}, {}", known.temperature, known.sigma, c10::toString(type)));
      const auto [a, b] = known_views();
      at::Tensor x = a.to(type).requires_grad_(), y = b.to(type).requires_grad_();
      const at::Tensor t = tau(known.temperature);
      const auto both = kernels::contrast(at::cat({x, y}), at::cat({y, x}), t, own);
      at::Tensor loss = at::zeros({}, type);
      for (const std::int64_t from : {0, 6})
        loss = loss + decoupled(both.log_odds_rows.narrow(0, from, 6),
                                both.positive.narrow(0, from, 6), t, known.sigma)
                              .mean() /
                          2;
      loss.backward();
      expect_known(loss, known.loss);
      expect_known(x.grad()[0], known.a0);
      expect_known(y.grad()[5], known.b5);
    }
  }
}

}  // namespace
}  // namespace cmc::contrast
