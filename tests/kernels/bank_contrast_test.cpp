#include "cmc/kernels/bank_contrast.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>

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
  torch::manual_seed(3);
  const at::Tensor z = at::randn({2, 4}), bank = unit(at::randn({2, 4}));
  const at::Tensor first = torch::tensor({{0, 0}, {0, 1}}, at::kLong);
  for (const double t : {0.01, 1.0}) {
    at::Tensor a = at::randn({2, 4}).requires_grad_();
    const BankContrast out = bank_contrast(a, z, bank, at::full({}, t), {}, first);
    out.loss.sum().backward();
    EXPECT_EQ(out.loss[0].item<float>(), 0);
    EXPECT_EQ(out.hardest[0].item<float>(), -std::numeric_limits<float>::infinity());
    EXPECT_GT(out.loss[1].item<float>(), 0);
    EXPECT_EQ(a.grad()[0].abs().max().item<float>(), 0);
  }
}

/// What contrasting the case's embeddings with a bank throws.
std::string message(const Case& c, const at::Tensor& picks = {}, const at::Tensor& excluded = {}) {
  try {
    bank_contrast(c.anchors, c.positives, c.bank, at::full({}, 0.1), picks, excluded);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(BankContrast, RefusesAPickOutOfRange) {
  const Case c;
  EXPECT_EQ(message(c, torch::tensor({5, 1100}, at::kLong)),
            "the picks name row 1100 of the bank, which has rows 0 … 1099");
  EXPECT_EQ(message(c, at::full({70, 2}, -1, at::kLong)),
            "the picks name row -1 of the bank, which has rows 0 … 1099");
  EXPECT_EQ(message(c, {}, torch::tensor({{70}, {3}}, at::kLong)),
            "an excluded pair names row 70, which is not in 0 … 69");
  EXPECT_EQ(message(c, torch::tensor({5, 6}, at::kLong), torch::tensor({{3}, {2}}, at::kLong)),
            "an excluded pair names column 2, which is not in 0 … 1");
}

TEST(BankContrast, RefusesACandidateThatHasNotUnitLength) {
  torch::manual_seed(12);
  const Case good;
  // Rows 700 and 901 are spoilt; the first is named, where it is a candidate.
  const at::Tensor shared = torch::tensor({3, 901, 700}, at::kLong);
  at::Tensor own = at::randint(700, {70, 300}, at::kLong);
  own[69][299] = 700;
  own[2][270] = 901;
  const at::Tensor spared = at::randint(700, {300}, at::kLong);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    const auto spoilt = [&](double factor) {
      Case c = good;
      c.bank = c.bank.clone();
      c.bank[700].mul_(factor);
      c.bank[901].mul_(factor);
      c.bank = c.bank.to(type);
      if (type == at::kDouble) {
        c.anchors = c.anchors.to(type);
        c.positives = c.positives.to(type);
      }
      return c;
    };
    const double inside = type == at::kBFloat16 ? 1.015 : 1.008,
                 outside = type == at::kBFloat16 ? 1.025 : 1.012;
    const auto words = [](double factor) -> std::string {
      if (std::isnan(factor))
        return "the bank: row 700 holds a NaN; rows of a bank are unit vectors";
      if (std::isinf(factor)) return "the bank: row 700 has length inf; rows";
      if (factor == 0) return "the bank: row 700 has length 0; rows of a bank are unit vectors";
      return "the bank: row 700 has length ";
    };
    for (const double factor :
         {std::nan(""), std::numeric_limits<double>::infinity(), 0.0, outside, 2 - outside}) {
      SCOPED_TRACE(fmt::format("{} × {}", c10::toString(type), factor));
      const Case c = spoilt(factor);
      for (const at::Tensor& picks : {at::Tensor(), shared, own}) {
        const std::string text = message(c, picks);
        EXPECT_EQ(text.rfind(words(factor), 0), 0u) << text;
      }
      EXPECT_EQ(message(c, spared), "nothing was thrown");
      EXPECT_EQ(message(c, spared.expand({70, 300})), "nothing was thrown");
    }
    for (const double factor : {inside, 2 - inside})
      for (const at::Tensor& picks : {at::Tensor(), shared, own})
        EXPECT_EQ(message(spoilt(factor), picks), "nothing was thrown") << factor;
  }
}

TEST(BankContrast, RefusesWhatHoldsNoNegative) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    Case c{at::ones({2, 3}, type), at::ones({2, 3}, type), at::eye(3).slice(0, 0, 1).to(type)};
    for (const at::Tensor& picks : {at::empty({0}, at::kLong), at::empty({2, 0}, at::kLong)})
      EXPECT_EQ(message(c, picks), "there is no candidate negative: the picks are empty");
    EXPECT_EQ(message(c, {}, torch::tensor({{0, 1, 1}, {0, 0, 0}}, at::kLong)),
              "there is no candidate negative: the excluded pairs leave none");
    c.bank = c.bank.slice(0, 0, 0);
    EXPECT_EQ(message(c), "there is no candidate negative: the bank is empty");
  }
}

TEST(BankContrast, RefusesNumbersThatItHasNot) {
  Case c;
  c.bank = c.bank.to(at::kHalf);
  EXPECT_EQ(message(c),
            "the bank: the numbers are Half; they must be float32, bfloat16 or float64");
  c = Case();
  c.anchors = c.anchors.to(at::kHalf);
  c.positives = c.positives.to(at::kHalf);
  EXPECT_EQ(message(c), "anchors: the numbers are Half; they must be float32, bfloat16 or float64");
}

}  // namespace
}  // namespace cmc::kernels
