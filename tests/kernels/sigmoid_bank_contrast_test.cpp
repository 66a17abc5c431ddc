#include "cmc/kernels/sigmoid_bank_contrast.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "tests/kernels/answer.h"

namespace cmc::kernels {
namespace {

at::Tensor scalar(double value) {
  return at::full({}, value, at::kDouble);
}
at::Tensor unit(const at::Tensor& z) {
  return z / z.norm(2, 1, true);
}
struct Case {
  at::Tensor anchors = at::randn({70, 48}), positives = at::randn({70, 48});
  at::Tensor bank = unit(at::randn({1100, 48}));
};

/// The formula with an N × k matrix: log-sigmoids, of excluded pairs nothing.
at::Tensor plain(const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
                 const at::Tensor& tau, const at::Tensor& bias, const at::Tensor& picks,
                 const at::Tensor& excluded) {
  const at::Tensor u = unit(anchors);
  at::Tensor scores = u.matmul(bank.t());
  if (picks.defined())
    scores = picks.dim() == 1 ? scores.index_select(1, picks) : scores.gather(1, picks);
  at::Tensor kept = at::ones_like(scores);
  if (excluded.defined())
    kept.index_put_({excluded[0], excluded[1]}, at::zeros({}, kept.options()));
  const at::Tensor positive = (u * unit(positives)).sum(1);
  return -at::log_sigmoid(positive / tau + bias) -
         (kept * at::log_sigmoid(-(scores / tau + bias))).sum(1);
}

template <class Contrast>
Answer answer(const Case& c, const at::Tensor& picks, const at::Tensor& excluded, double tau,
              double bias, at::ScalarType type, const Contrast& contrast) {
  at::Tensor a = c.anchors.to(type).detach().requires_grad_(),
             p = c.positives.to(type).detach().requires_grad_();
  at::Tensor t = scalar(tau).requires_grad_(), b = scalar(bias).requires_grad_();
  const at::Tensor loss = contrast(a, p, c.bank.to(type), t, b, picks, excluded);
  (loss * at::linspace(0.5, 1.5, 70, loss.options())).sum().backward();
  return {loss.detach(), a.grad(), p.grad(), t.grad(), b.grad()};
}

at::Tensor fused(const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
                 const at::Tensor& tau, const at::Tensor& bias, const at::Tensor& picks,
                 const at::Tensor& excluded) {
  return sigmoid_bank_contrast(anchors, positives, bank, tau, bias, picks, excluded).loss;
}

at::Tensor reference(const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
                     const at::Tensor& tau, const at::Tensor& bias, const at::Tensor& picks,
                     const at::Tensor& excluded) {
  return sigmoid_bank_contrast_reference(anchors, positives, bank, tau, bias, picks, excluded).loss;
}

void expect_near(const Answer& ours, const Answer& truth, double tolerance) {
  const auto near = [&](const at::Tensor& x, const at::Tensor& y, const char* what) {
    EXPECT_LE(error(x, y), tolerance * y.abs().max().item<double>()) << what;
  };
  near(ours.loss, truth.loss, "loss");
  near(ours.a, truth.a, "anchors");
  near(ours.b, truth.b, "positives");
  near(ours.tau, truth.tau, "tau");
  near(ours.bias, truth.bias, "bias");
}

TEST(SigmoidBankContrast, EqualsThePlainFormulaForEveryWayOfPicking) {
  at::manual_seed(2);
  const Case c;
  const at::Tensor i = at::arange(70, at::kLong), own = at::stack({i, i + 300});
  const at::Tensor shared = at::randint(1100, {517}, at::kLong),
                   each = at::randint(1100, {70, 517}, at::kLong);
  for (const double tau : {0.01, 0.1, 1.0}) {
    for (const double bias : {-10.0, 2.5}) {
      for (const at::Tensor& picks : {at::Tensor(), shared, each}) {
        for (const at::Tensor& excluded : {at::Tensor(), own}) {
          SCOPED_TRACE(fmt::format("τ {}, b {}, picks of {} dimensions, excluded {}", tau, bias,
                                   picks.defined() ? picks.dim() : 0, excluded.defined()));
          const Answer truth = answer(c, picks, excluded, tau, bias, at::kDouble, plain);
          expect_near(answer(c, picks, excluded, tau, bias, at::kFloat, fused), truth,
                      tau > 0.05 ? 5e-6 : 5e-5);
          expect_near(answer(c, picks, excluded, tau, bias, at::kDouble, reference), truth, 1e-12);
        }
      }
    }
  }
}

TEST(SigmoidBankContrast, ReadsTheScoresAsTheKPairKernelDoes) {
  at::manual_seed(3);
  const Case c;
  const at::Tensor each = at::randint(1100, {70, 300}, at::kLong);
  for (const double tau : {0.005, 0.1}) {
    for (const at::Tensor& picks : {at::Tensor(), each}) {
      const SigmoidBankContrast ours =
          sigmoid_bank_contrast(c.anchors, c.positives, c.bank, scalar(tau), scalar(-10), picks);
      const BankContrast k_pair = bank_contrast(c.anchors, c.positives, c.bank, scalar(tau), picks);
      EXPECT_LE(error(ours.k_pair, k_pair.loss), 1e-6 * k_pair.loss.max().item<double>());
      EXPECT_TRUE(at::equal(ours.positive, k_pair.positive));
      EXPECT_TRUE(at::equal(ours.hardest, k_pair.hardest));
      EXPECT_LE(error(ours.negative, k_pair.negative), 1e-7);
    }
  }
}

TEST(SigmoidBankContrast, ABfloatBankIsReadExactlyOnEveryInstructionSet) {
  at::manual_seed(4);
  Case c;
  c.bank = c.bank.to(at::kBFloat16);
  const at::Tensor each = at::randint(1100, {70, 30}, at::kLong);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    for (const at::Tensor& picks : {at::Tensor(), each}) {
      const SigmoidBankContrast ours =
          sigmoid_bank_contrast(c.anchors, c.positives, c.bank, scalar(0.1), scalar(-10), picks);
      const at::Tensor truth = plain(c.anchors.to(at::kDouble), c.positives.to(at::kDouble),
                                     c.bank.to(at::kDouble), scalar(0.1), scalar(-10), picks, {});
      EXPECT_LE(error(ours.loss, truth), 2e-6 * truth.max().item<double>());
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(SigmoidBankContrast, AnAnchorWithoutNegativesLosesNothing) {
  at::manual_seed(3);
  const at::Tensor z = at::randn({2, 4}), bank = unit(at::randn({2, 4}));
  const at::Tensor first = torch::tensor({{0, 0}, {0, 1}}, at::kLong);
  for (const auto& of : {sigmoid_bank_contrast, sigmoid_bank_contrast_reference}) {
    at::Tensor a = at::randn({2, 4}).requires_grad_();
    const SigmoidBankContrast out = of(a, z, bank, scalar(0.1), scalar(-10), {}, first);
    out.loss.sum().backward();
    EXPECT_EQ(out.loss[0].item<float>(), 0);
    EXPECT_EQ(out.hardest[0].item<float>(), -std::numeric_limits<float>::infinity());
    EXPECT_GT(out.loss[1].item<float>(), 0);
    EXPECT_EQ(a.grad()[0].abs().max().item<float>(), 0);
    EXPECT_GT(a.grad()[1].abs().max().item<float>(), 0);
  }
}

TEST(SigmoidBankContrast, RefusesBadInputByName) {
  at::manual_seed(5);
  const Case c;
  const auto message = [&](const at::Tensor& bank, double tau, double bias,
                           const at::Tensor& picks = {}) -> std::string {
    try {
      sigmoid_bank_contrast(c.anchors, c.positives, bank, scalar(tau), scalar(bias), picks);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const at::Tensor bank = c.bank.to(type);
    at::Tensor long_row = bank.clone();
    long_row[4].mul_(2);
    EXPECT_EQ(message(long_row, 0.1, 0),
              "the bank: row 4 has length 2; rows of a bank are unit vectors, within 1 %");
    EXPECT_EQ(message(bank.slice(0, 0, 0), 0.1, 0),
              "there is no candidate negative: the bank is empty");
    EXPECT_NE(message(bank, -1, 0).find("pulls negatives closer"), std::string::npos);
    EXPECT_EQ(message(bank, 0.1, std::nan("")), "the bias is nan; it must be finite");
    EXPECT_EQ(message(bank, 0.1, 0, torch::tensor({1100}, at::kLong)),
              "the picks name row 1100 of the bank, which has rows 0 … 1099");
  }
}

}  // namespace
}  // namespace cmc::kernels
