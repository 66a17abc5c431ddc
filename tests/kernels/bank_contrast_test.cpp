#include "cmc/kernels/bank_contrast.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "cmc/error.h"

namespace cmc::kernels {
namespace {

at::Tensor unit(const at::Tensor& z) {
  return z / z.norm(2, 1, true);
}
double error(const at::Tensor& value, const at::Tensor& truth) {
  return (value.to(at::kDouble) - truth).abs().max().item<double>();
}

struct Case {
  at::Tensor anchors = at::randn({70, 48}), positives = at::randn({70, 48});
  at::Tensor bank = unit(at::randn({1100, 48}));
};

/// The fused kernel against the plain formula in float64: loss, figures and gradients.
void expect_equal(const Case& c, const at::Tensor& picks, const at::Tensor& excluded, double t) {
  at::Tensor a = c.anchors.clone().requires_grad_(), p = c.positives.clone().requires_grad_();
  at::Tensor tau = at::full({}, t, at::kDouble).requires_grad_();
  at::Tensor a64 = c.anchors.to(at::kDouble).requires_grad_(),
             p64 = c.positives.to(at::kDouble).requires_grad_();
  at::Tensor tau64 = at::full({}, t, at::kDouble).requires_grad_();
  const BankContrast ours = bank_contrast(a, p, c.bank, tau, picks, excluded);
  const BankContrast truth =
      bank_contrast_reference(a64, p64, c.bank.to(at::kDouble), tau64, picks, excluded);
  const at::Tensor weights = at::linspace(0.5, 1.5, 70, at::kDouble);
  ((ours.loss * weights).sum() + ours.positive.sum()).backward();
  ((truth.loss * weights).sum() + truth.positive.sum()).backward();
  const double tolerance = t >= 0.05 ? 1e-5 : 1e-5 * 0.05 / t;
  EXPECT_LT(error(ours.loss, truth.loss), tolerance * truth.loss.max().item<double>());
  EXPECT_LT(error(ours.hardest, truth.hardest), 1e-6);
  EXPECT_LT(error(ours.negative, truth.negative), 1e-6);
  EXPECT_LT(error(a.grad(), a64.grad()), tolerance * a64.grad().abs().max().item<double>());
  EXPECT_LT(error(p.grad(), p64.grad()), tolerance * p64.grad().abs().max().item<double>());
  EXPECT_LT(error(tau.grad(), tau64.grad()),
            10 * tolerance * std::abs(tau64.grad().item<double>()));
}

TEST(BankContrast, EqualsThePlainFormulaForEveryWayOfPicking) {
  torch::manual_seed(2);
  const Case c;
  const at::Tensor i = at::arange(70, at::kLong), own = at::stack({i, i + 300});
  const at::Tensor shared = at::randint(1100, {517}, at::kLong);
  const at::Tensor each = at::randint(1100, {70, 517}, at::kLong);
  for (const double t : {0.001, 0.01, 0.07, 1.0, 100.0}) {
    SCOPED_TRACE(t);
    expect_equal(c, {}, own, t);
    expect_equal(c, {}, {}, t);
    expect_equal(c, shared, own, t);
    expect_equal(c, each, own, t);
    expect_equal(c, each, {}, t);
  }
}

TEST(BankContrast, ABfloatBankIsReadExactly) {
  torch::manual_seed(4);
  Case c;
  const at::Tensor half = c.bank.to(at::kBFloat16);
  const at::Tensor each = at::randint(1100, {70, 30}, at::kLong), tau = at::full({}, 0.07);
  for (const at::Tensor& picks : {at::Tensor(), each}) {
    const BankContrast ours = bank_contrast(c.anchors, c.positives, half, tau, picks);
    const BankContrast truth = bank_contrast_reference(
        c.anchors.to(at::kDouble), c.positives.to(at::kDouble), half.to(at::kDouble), tau, picks);
    EXPECT_LT(error(ours.loss, truth.loss), 1e-5 * truth.loss.max().item<double>());
  }
}

TEST(BankContrast, AnAnchorWithoutNegativesLosesNothing) {
  const at::Tensor z = at::ones({1, 4}), bank = unit(at::ones({2, 4}));
  for (const double t : {0.01, 1.0}) {
    at::Tensor a = z.clone().requires_grad_();
    const BankContrast out =
        bank_contrast(a, z, bank, at::full({}, t), {}, torch::tensor({{0, 0}, {0, 1}}, at::kLong));
    out.loss.sum().backward();
    EXPECT_EQ(out.loss.item<float>(), 0);
    EXPECT_EQ(a.grad().abs().max().item<float>(), 0);
  }
}

TEST(BankContrast, RefusesAPickOutOfRange) {
  const Case c;
  try {
    bank_contrast(c.anchors, c.positives, c.bank, at::full({}, 0.1),
                  torch::tensor({5, 1100}, at::kLong));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the picks name row 1100 of the bank, which has rows 0 … 1099");
  }
}

}  // namespace
}  // namespace cmc::kernels
