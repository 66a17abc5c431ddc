#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "tests/kernels/answer.h"

// The log odds that the k-pair kernels give beside their losses.
namespace cmc::kernels {
namespace {

at::Tensor unit(const at::Tensor& z) {
  return z / z.norm(2, 1, true);
}
/// Log odds of both directions, and gradients of a weighted sum of them and of the losses.
template <class Contrast>
Answer answer(const at::Tensor& a, const at::Tensor& b, double t, at::ScalarType type,
              const Contrast& contrast) {
  at::Tensor x = a.to(type).detach().requires_grad_(), y = b.to(type).detach().requires_grad_();
  at::Tensor tau = at::full({}, t, at::kDouble).requires_grad_();
  const at::Tensor values = contrast(x, y, tau);
  (values * at::linspace(0.5, 1.5, values.size(0), values.options())).sum().backward();
  return {values.detach(), x.grad(), y.grad(), tau.grad()};
}

at::Tensor plain(const at::Tensor& a, const at::Tensor& b, const at::Tensor& tau) {
  const at::Tensor scores = unit(a).matmul(unit(b).t());
  const at::Tensor others = scores.masked_fill(at::eye(a.size(0), at::kBool), -1e30);
  const at::Tensor positive = scores.diagonal() / tau;
  return at::cat(
      {at::logsumexp(others / tau, 1) - positive, at::logsumexp(others / tau, 0) - positive});
}

at::Tensor fused(const at::Tensor& a, const at::Tensor& b, const at::Tensor& tau) {
  const SymmetricContrast out = contrast(a, b, tau);
  return at::cat({out.log_odds_rows, out.log_odds_columns});
}

at::Tensor reference(const at::Tensor& a, const at::Tensor& b, const at::Tensor& tau) {
  const SymmetricContrast out = contrast_reference(a, b, tau);
  return at::cat({out.log_odds_rows, out.log_odds_columns});
}

TEST(LogOdds, EqualTheFormulaInFloat64) {
  at::manual_seed(1);
  const at::Tensor a = at::randn({150, 32}), b = at::randn({150, 32});
  for (const double t : {0.005, 0.02, 0.1, 1.0}) {
    for (const at::Tensor& other : {b, at::Tensor(a + 0.01 * b), at::Tensor(-a)}) {
      SCOPED_TRACE(t);
      const Answer truth = answer(a, other, t, at::kDouble, plain);
      const auto near = [&](const Answer& ours, double tolerance) {
        EXPECT_LE(error(ours.loss, truth.loss), tolerance * truth.loss.abs().max().item<double>());
        EXPECT_LE(error(ours.a, truth.a), tolerance * truth.a.abs().max().item<double>());
        EXPECT_LE(error(ours.b, truth.b), tolerance * truth.b.abs().max().item<double>());
        EXPECT_LE(error(ours.tau, truth.tau), tolerance * truth.tau.abs().item<double>());
      };
      near(answer(a, other, t, at::kFloat, fused), t < 0.01 ? 2e-4 : 3e-5);
      near(answer(a, other, t, at::kDouble, reference), 1e-10);
    }
  }
}

TEST(LogOdds, KeepTheirDigitsWhereTheLossHasLeftTheRangeOfFloat32) {
  // Positives at 1 and negatives at −1: log odds of −2/τ + log k, a loss of exp of that.
  const at::Tensor a = torch::tensor({{1.0f, 0.0f}, {-1.0f, 0.0f}});
  for (const double t : {0.02, 0.005}) {
    at::Tensor x = a.clone().requires_grad_();
    const SymmetricContrast out = contrast(x, a, at::full({}, t, at::kDouble));
    EXPECT_NEAR(out.log_odds_rows[0].item<double>(), -2 / t, 2e-5);
    EXPECT_NEAR(out.log_odds_columns[1].item<double>(), -2 / t, 2e-5);
    // What the loss would give back: at τ = 0.02 it is a subnormal number, below it is 0.
    const double from_loss = std::log(std::expm1(out.rows[0].item<double>()));
    EXPECT_FALSE(std::abs(from_loss + 2 / t) < 1e-4);
    (out.log_odds_rows.sum()).backward();
    EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
  }
  // Against one far negative, turned a little: the gradient is that of (s⁻ − s⁺)/τ.
  at::Tensor z = torch::tensor({{1.0f, 0.1f}, {-1.0f, 0.2f}}).requires_grad_();
  at::Tensor z64 = z.detach().to(at::kDouble).requires_grad_();
  const at::Tensor tau = at::full({}, 0.005, at::kDouble);
  contrast(z, a, tau).log_odds_rows.sum().backward();
  plain(z64, a.to(at::kDouble), tau).narrow(0, 0, 2).sum().backward();
  EXPECT_LE(error(z.grad(), z64.grad()), 1e-5 * z64.grad().abs().max().item<double>());
}

TEST(LogOdds, OfABankEqualTheFormulaInFloat64) {
  at::manual_seed(2);
  const at::Tensor a = at::randn({40, 24}), p = at::randn({40, 24}),
                   bank = unit(at::randn({300, 24}));
  const at::Tensor each = at::randint(300, {40, 77}, at::kLong);
  for (const double t : {0.001, 0.02, 0.1}) {
    for (const at::Tensor& positives : {p, at::Tensor(a + 0.01 * p)}) {
      for (const at::Tensor& picks : {at::Tensor(), each}) {
        const Answer truth =
            answer(a, positives, t, at::kDouble,
                   [&](const at::Tensor& x, const at::Tensor& y, const at::Tensor& tau) {
                     at::Tensor scores = unit(x).matmul(bank.to(at::kDouble).t());
                     if (picks.defined()) scores = scores.gather(1, picks);
                     return at::logsumexp(scores / tau, 1) - (unit(x) * unit(y)).sum(1) / tau;
                   });
        const Answer ours =
            answer(a, positives, t, at::kFloat,
                   [&](const at::Tensor& x, const at::Tensor& y, const at::Tensor& tau) {
                     return bank_contrast(x, y, bank, tau, picks).log_odds;
                   });
        const double tolerance = t < 0.01 ? 1e-3 : 3e-5;
        EXPECT_LE(error(ours.loss, truth.loss), tolerance * truth.loss.abs().max().item<double>());
        EXPECT_LE(error(ours.a, truth.a), tolerance * truth.a.abs().max().item<double>());
        EXPECT_LE(error(ours.b, truth.b), tolerance * truth.b.abs().max().item<double>());
        EXPECT_LE(error(ours.tau, truth.tau), tolerance * truth.tau.abs().item<double>());
      }
    }
  }
}

TEST(LogOdds, WithoutNegativesAreMinusInfinityAndWithoutGradient) {
  at::manual_seed(3);
  const at::Tensor b = at::randn({3, 4}), none = torch::tensor({{0, 0}, {1, 2}}, at::kLong);
  for (const double t : {0.005, 0.5}) {
    const at::Tensor tau = at::full({}, t, at::kDouble);
    at::Tensor a = at::randn({3, 4}).requires_grad_();
    const SymmetricContrast out = contrast(a, b, tau, none);
    EXPECT_EQ(out.log_odds_rows[0].item<float>(), -std::numeric_limits<float>::infinity());
    out.log_odds_rows.sum().backward();
    EXPECT_EQ(a.grad()[0].abs().max().item<float>(), 0);
    EXPECT_GT(a.grad()[1].abs().max().item<float>(), 0);
    at::Tensor x = at::randn({3, 4}).requires_grad_();
    const at::Tensor first = torch::tensor({{0, 0, 0}, {0, 1, 2}}, at::kLong);
    const BankContrast bank = bank_contrast(x, b, unit(b), tau, {}, first);
    EXPECT_EQ(bank.log_odds[0].item<float>(), -std::numeric_limits<float>::infinity());
    bank.log_odds.sum().backward();
    EXPECT_EQ(x.grad()[0].abs().max().item<float>(), 0);
    EXPECT_GT(x.grad()[1].abs().max().item<float>(), 0);
  }
}

}  // namespace
}  // namespace cmc::kernels
