#include "cmc/kernels/sigmoid_contrast.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <string>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "tests/kernels/answer.h"

namespace cmc::kernels {
namespace {

at::Tensor scalar(double value) {
  return at::full({}, value, at::kDouble);
}
at::Tensor unit(const at::Tensor& z) {
  const at::Tensor d = z.to(at::kDouble);
  return d / d.norm(2, 1, true);
}
double slow_softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

struct Views {
  const char* name;
  at::Tensor a, b;
};

/// float32 [n, 48] pairs whose scores lie at every end of their range.
std::vector<Views> kinds(std::int64_t n) {
  at::manual_seed(7);
  const at::Tensor a = at::randn({n, 48}), b = at::randn({n, 48});
  return {{"random", a, b}, {"aligned", a, a + 1e-3 * b}, {"antipodal", a, -2 * a}};
}

/// The formula with libtorch and a whole matrix, as published: labels of ±1 and a log-sigmoid.
std::pair<at::Tensor, at::Tensor> plain(const at::Tensor& a, const at::Tensor& b,
                                        const at::Tensor& tau, const at::Tensor& bias) {
  const auto rows = [](const at::Tensor& z) { return z / z.norm(2, 1, true); };
  const at::Tensor logits = rows(a).matmul(rows(b).t()) / tau + bias;
  const at::Tensor labels = 2 * at::eye(a.size(0), logits.options()) - 1;
  const at::Tensor losses = -at::log_sigmoid(labels * logits);
  return {losses.sum(1), losses.sum(0)};
}

std::pair<at::Tensor, at::Tensor> fused(const at::Tensor& a, const at::Tensor& b,
                                        const at::Tensor& tau, const at::Tensor& bias) {
  const SigmoidContrast out = sigmoid_contrast(a, b, tau, bias);
  return {out.rows, out.columns};
}

std::pair<at::Tensor, at::Tensor> reference(const at::Tensor& a, const at::Tensor& b,
                                            const at::Tensor& tau, const at::Tensor& bias) {
  const SigmoidContrast out = sigmoid_contrast_reference(a, b, tau, bias);
  return {out.rows, out.columns};
}

/// How the anchors of both directions are weighed.
enum class Weights { alike, each };

template <class Contrast>
Answer answer(const Views& z, double tau, double bias, at::ScalarType type, Weights weights,
              const Contrast& contrast) {
  at::Tensor a = z.a.to(type).detach().requires_grad_(), b = z.b.to(type).detach().requires_grad_();
  const at::ScalarType held = at::promote_types(type, at::kFloat);
  at::Tensor t = scalar(tau).to(held).requires_grad_(), c = scalar(bias).to(held).requires_grad_();
  const auto [rows, columns] = contrast(a, b, t, c);
  const std::int64_t n = rows.size(0);
  const at::Tensor each = weights == Weights::alike
                              ? at::ones({n}, rows.options()) / n
                              : at::linspace(-0.5, 1.5, n, rows.options()) / n;
  ((rows * each).sum() + 2 * (columns * each).sum()).backward();
  return {at::cat({rows, columns}).detach(), a.grad(), b.grad(), t.grad(), c.grad()};
}

std::string message(const at::Tensor& a, const at::Tensor& b, double tau, double bias,
                    const at::Tensor& excluded = {}) {
  try {
    sigmoid_contrast(a, b, scalar(tau), scalar(bias), excluded);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(SigmoidContrast, EqualsTheFormulaOnePairAtATime) {
  for (const Views& z : kinds(37)) {
    const at::Tensor scores = unit(z.a).matmul(unit(z.b).t());
    const SigmoidContrast out = sigmoid_contrast(z.a, z.b, scalar(0.1), scalar(-4));
    for (int i = 0; i < 37; ++i) {
      double row = 0, column = 0;
      for (int j = 0; j < 37; ++j) {
        const double sign = i == j ? 1 : -1;
        row += slow_softplus(-sign * (scores[i][j].item<double>() / 0.1 - 4));
        column += slow_softplus(-sign * (scores[j][i].item<double>() / 0.1 - 4));
      }
      EXPECT_NEAR(out.rows[i].item<double>(), row, 2e-6 * row) << z.name;
      EXPECT_NEAR(out.columns[i].item<double>(), column, 2e-6 * column) << z.name;
    }
  }
}

TEST(SigmoidContrast, ErrsNoMoreThanTwiceThePlainFormula) {
  const auto ulp = [](const at::Tensor& x) {
    return 2.4e-7 * x.abs().max().item<double>() + 1e-30;
  };
  for (const double tau : {0.005, 0.02, 0.1, 1.0, 100.0}) {
    for (const double bias : {-300.0, -10.0, 0.0, 7.3}) {
      for (const Weights weights : {Weights::alike, Weights::each}) {
        for (const Views& z : kinds(300)) {
          SCOPED_TRACE(fmt::format("{} at τ {}, b {}, weights {}", z.name, tau, bias,
                                   static_cast<int>(weights)));
          const Answer truth = answer(z, tau, bias, at::kDouble, weights, plain);
          const Answer ours = answer(z, tau, bias, at::kFloat, weights, fused),
                       theirs = answer(z, tau, bias, at::kFloat, weights, plain);
          EXPECT_LE(error(ours.loss, truth.loss),
                    2 * error(theirs.loss, truth.loss) + ulp(truth.loss));
          EXPECT_LE(error(ours.a, truth.a), 2 * error(theirs.a, truth.a) + 4 * ulp(truth.a));
          EXPECT_LE(error(ours.b, truth.b), 2 * error(theirs.b, truth.b) + 4 * ulp(truth.b));
          EXPECT_LE(error(ours.tau, truth.tau),
                    2 * error(theirs.tau, truth.tau) + 8 * ulp(truth.tau));
          EXPECT_LE(error(ours.bias, truth.bias),
                    2 * error(theirs.bias, truth.bias) + 8 * ulp(truth.bias));
        }
      }
    }
  }
}

TEST(SigmoidContrast, GradientsEqualFiniteDifferences) {
  at::manual_seed(3);
  const at::Tensor a = at::randn({9, 5}), b = at::randn({9, 5});
  const auto value = [](const at::Tensor& x, const at::Tensor& y, double tau, double bias) {
    const auto [rows, columns] =
        plain(x.to(at::kDouble), y.to(at::kDouble), scalar(tau), scalar(bias));
    return (rows.mean() + 3 * columns.mean()).item<double>();
  };
  at::Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_();
  at::Tensor tau = scalar(0.3).requires_grad_(), bias = scalar(-2).requires_grad_();
  const auto [rows, columns] = fused(x, y, tau, bias);
  (rows.mean() + 3 * columns.mean()).backward();
  const double h = 1e-5;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const auto slope = [&](const at::Tensor& z, const auto& of) {
      at::Tensor up = z.to(at::kDouble).clone(), down = up.clone();
      up.view(-1)[i] += h;
      down.view(-1)[i] -= h;
      return (of(up) - of(down)) / (2 * h);
    };
    EXPECT_NEAR(x.grad().view(-1)[i].item<double>(),
                slope(a, [&](const at::Tensor& z) { return value(z, b, 0.3, -2); }), 1e-5);
    EXPECT_NEAR(y.grad().view(-1)[i].item<double>(),
                slope(b, [&](const at::Tensor& z) { return value(a, z, 0.3, -2); }), 1e-5);
  }
  const double by_tau = (value(a, b, 0.3 + h, -2) - value(a, b, 0.3 - h, -2)) / (2 * h),
               by_bias = (value(a, b, 0.3, -2 + h) - value(a, b, 0.3, -2 - h)) / (2 * h);
  EXPECT_NEAR(tau.grad().item<double>(), by_tau, 1e-5 * std::abs(by_tau));
  EXPECT_NEAR(bias.grad().item<double>(), by_bias, 1e-5 * std::abs(by_bias));
}

TEST(SigmoidContrast, ReadsTheScoresAsTheKPairKernelDoes) {
  const at::Tensor excluded = torch::tensor({{3, 60, 61}, {60, 3, 4}}, at::kLong);
  for (const double tau : {0.01, 0.1}) {
    const Views z = kinds(300)[0];
    const SigmoidContrast ours = sigmoid_contrast(z.a, z.b, scalar(tau), scalar(-10), excluded);
    const SymmetricContrast k_pair = contrast(z.a, z.b, scalar(tau), excluded);
    EXPECT_TRUE(at::equal(ours.k_pair_rows, k_pair.rows));
    EXPECT_TRUE(at::equal(ours.k_pair_columns, k_pair.columns));
    EXPECT_TRUE(at::equal(ours.positive, k_pair.positive));
    EXPECT_TRUE(at::equal(ours.hardest_rows, k_pair.hardest_rows));
    EXPECT_TRUE(at::equal(ours.hardest_columns, k_pair.hardest_columns));
    EXPECT_TRUE(at::equal(ours.negative, k_pair.negative));
  }
}

TEST(SigmoidContrast, LeavesExcludedPairsOut) {
  at::manual_seed(5);
  const at::Tensor a = at::randn({70, 16}), b = at::randn({70, 16});
  const at::Tensor excluded = torch::tensor({{3, 60, 61, 3}, {60, 3, 4, 60}}, at::kLong);
  at::Tensor mask = at::zeros({70, 70}, at::kBool);
  for (int e = 0; e < 3; ++e)
    mask[excluded[0][e].item<std::int64_t>()][excluded[1][e].item<std::int64_t>()] = true;
  at::Tensor x = a.clone().requires_grad_(), y = a.to(at::kDouble).requires_grad_();
  const SigmoidContrast ours = sigmoid_contrast(x, b, scalar(0.1), scalar(-3), excluded);
  const auto norm = [](const at::Tensor& z) { return z / z.norm(2, 1, true); };
  const at::Tensor logits = norm(y).matmul(norm(b.to(at::kDouble)).t()) / 0.1 - 3;
  const at::Tensor losses =
      (-at::log_sigmoid((2 * at::eye(70, at::kDouble) - 1) * logits)).masked_fill(mask, 0);
  EXPECT_LT(error(ours.rows, losses.sum(1)), 1e-5);
  EXPECT_LT(error(ours.columns, losses.sum(0)), 1e-5);
  ours.rows.mean().backward();
  losses.sum(1).mean().backward();
  EXPECT_LT(error(x.grad(), y.grad()), 1e-5 * y.grad().abs().max().item<double>());
}

TEST(SigmoidContrast, AnAnchorWithoutNegativesLosesNothing) {
  at::manual_seed(6);
  const at::Tensor b = at::randn({3, 4}), excluded = torch::tensor({{0, 0}, {1, 2}}, at::kLong);
  for (const bool plainly : {false, true}) {
    at::Tensor a = at::randn({3, 4}).requires_grad_();
    const auto of = plainly ? sigmoid_contrast_reference : sigmoid_contrast;
    const SigmoidContrast out = of(a, b, scalar(0.1), scalar(-10), excluded);
    EXPECT_EQ(out.rows[0].item<float>(), 0);
    EXPECT_GT(out.rows[1].item<float>(), 0);
    EXPECT_EQ(out.hardest_rows[0].item<float>(), -std::numeric_limits<float>::infinity());
    out.rows.mean().backward();
    EXPECT_EQ(a.grad()[0].abs().max().item<float>(), 0);
    EXPECT_GT(a.grad()[1].abs().max().item<float>(), 0);
  }
}

TEST(SigmoidContrast, TheReferenceIsTheFormulaInFloat64) {
  for (const double tau : {0.02, 0.1}) {
    for (const Weights weights : {Weights::alike, Weights::each}) {
      for (const Views& z : kinds(90)) {
        const Answer truth = answer(z, tau, -10, at::kDouble, weights, plain),
                     ours = answer(z, tau, -10, at::kDouble, weights, reference);
        const auto near = [](const at::Tensor& x, const at::Tensor& y) {
          EXPECT_LE(error(x, y), 1e-12 * y.abs().max().item<double>());
        };
        near(ours.loss, truth.loss);
        near(ours.a, truth.a);
        near(ours.b, truth.b);
        near(ours.tau, truth.tau);
        near(ours.bias, truth.bias);
      }
    }
  }
}

TEST(SigmoidContrast, IsDifferentiableOnceAndSaysSo) {
  at::manual_seed(4);
  at::Tensor a = at::randn({8, 4}).requires_grad_();
  const at::Tensor b = at::randn({8, 4});
  const at::Tensor loss = sigmoid_contrast(a, b, scalar(0.1), scalar(-1)).rows.sum();
  EXPECT_THROW(torch::autograd::grad({loss}, {a}, {}, true, true), Error);
  const auto slope = [&](const auto& of) {
    at::Tensor x = a.detach().to(at::kDouble).requires_grad_();
    const auto [rows, columns] = of(x, b.to(at::kDouble), scalar(0.1), scalar(-1));
    const at::Tensor first =
        torch::autograd::grad({rows.sum() + columns[2]}, {x}, {}, true, true)[0];
    return torch::autograd::grad({first.square().sum()}, {x})[0];
  };
  const at::Tensor truth = slope(plain);
  EXPECT_LE(error(slope(reference), truth), 1e-10 * truth.abs().max().item<double>());
}

TEST(SigmoidContrast, BfloatErrsByItsRoundingOnly) {
  for (const Views& z : kinds(300)) {
    SCOPED_TRACE(z.name);
    const Views rounded{z.name, z.a.to(at::kBFloat16), z.b.to(at::kBFloat16)};
    for (const Weights weights : {Weights::alike, Weights::each}) {
      const Answer truth = answer(rounded, 0.1, -10, at::kDouble, weights, plain),
                   ours = answer(rounded, 0.1, -10, at::kBFloat16, weights, fused);
      // A cosine errs by at most 2⁻⁷; a loss by as much as its log odds and by its own share.
      EXPECT_LE(error(ours.loss, truth.loss), 0x1p-7 / 0.1 * (1 + truth.loss.max().item<double>()));
      // Where anchor and positive are parallel the gradient is what rounding leaves of its pull.
      const double pull = 3 / (0.1 * 300 * z.a.norm(2, 1).min().item<double>());
      EXPECT_LE(error(ours.a, truth.a), 0.03 * truth.a.abs().max().item<double>() +
                                            (std::string(z.name) == "random" ? 0 : 0x1p-8 * pull));
    }
  }
}

TEST(SigmoidContrast, SameThreadsSameBitsOnEveryInstructionSet) {
  const Views z = kinds(700)[0];
  const Answer truth = answer(z, 0.1, -10, at::kDouble, Weights::alike, plain);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    const Answer first = answer(z, 0.1, -10, at::kFloat, Weights::alike, fused),
                 next = answer(z, 0.1, -10, at::kFloat, Weights::alike, fused);
    EXPECT_TRUE(at::equal(first.loss, next.loss));
    EXPECT_TRUE(at::equal(first.a, next.a));
    EXPECT_TRUE(at::equal(first.tau, next.tau));
    EXPECT_LT(error(first.loss, truth.loss), 1e-5 * truth.loss.max().item<double>());
    EXPECT_LT(error(first.b, truth.b), 1e-5 * truth.b.abs().max().item<double>());
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(SigmoidContrast, RefusesBadInputByName) {
  const at::Tensor good = at::ones({4, 3});
  at::Tensor zero = good.clone(), nan = good.clone();
  zero[2].zero_();
  nan[1][1] = std::nan("");
  const at::Tensor one = at::ones({1, 2}), two = at::eye(2);
  const at::Tensor all = torch::tensor({{0, 1}, {1, 0}}, at::kLong);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    const auto of = [&](const at::Tensor& a, const at::Tensor& b, double tau, double bias,
                        const at::Tensor& excluded = {}) {
      return message(a.to(type), b.to(type), tau, bias, excluded);
    };
    EXPECT_NE(of(good, zero, 1, 0).find("b: row 2 is zero"), std::string::npos);
    EXPECT_NE(of(nan, good, 1, 0).find("a: row 1 holds a NaN"), std::string::npos);
    EXPECT_NE(of(good, at::ones({4, 2}), 1, 0).find("[4, 2]"), std::string::npos);
    EXPECT_NE(of(good, good, 0, 0).find("divides every similarity by zero"), std::string::npos);
    EXPECT_EQ(of(good, good, 1, std::nan("")), "the bias is nan; it must be finite");
    EXPECT_EQ(of(good, good, 1, std::numeric_limits<double>::infinity()),
              "the bias is inf; it must be finite");
    EXPECT_NE(of(one, one, 1, 0).find("the batch is 1 sample, and needs at least 2"),
              std::string::npos);
    EXPECT_NE(of(two, two, 1, 0, all).find("the excluded pairs leave none"), std::string::npos);
    EXPECT_EQ(of(two, two, 1, 0, torch::tensor({{0}, {2}}, at::kLong)),
              "an excluded pair names column 2, which is not in 0 … 1");
  }
  EXPECT_NE(message(good.to(at::kHalf), good.to(at::kHalf), 1, 0).find("a: the numbers are Half"),
            std::string::npos);
}

}  // namespace
}  // namespace cmc::kernels
