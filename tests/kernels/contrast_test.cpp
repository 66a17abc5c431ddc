#include "cmc/kernels/contrast.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/functional.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/kernels/cpu/symmetric_tiles.h"
#include "cmc/kernels/cpu/tile_exponentials.h"
#include "cmc/kernels/embeddings.h"
#include "tests/kernels/answer.h"
#include "tests/kernels/embedding_kinds.h"

namespace cmc::kernels {
namespace {

at::Tensor tau(double value) {
  return at::full({}, value, at::kDouble);
}

/// Losses of all anchors, and gradients of a weighted sum of them, in float64.
template <class Contrast>
Answer answer(const Embeddings& z, double temperature, at::ScalarType type,
              const Contrast& contrast) {
  at::Tensor a = z.a.to(type).detach().requires_grad_(), b = z.b.to(type).detach().requires_grad_();
  // τ is no embedding: beside bfloat16 ones it stays in float32.
  at::Tensor t = tau(temperature).to(at::promote_types(type, at::kFloat)).requires_grad_();
  const auto [rows, columns] = contrast(a, b, t);
  const std::int64_t n = rows.size(0);
  const at::Tensor weights = at::linspace(0.5, 1.5, n, rows.options()) / n;
  ((rows * weights).sum() + 2 * (columns * weights).sum()).backward();
  return {at::cat({rows, columns}).detach().to(at::kDouble), a.grad().to(at::kDouble),
          b.grad().to(at::kDouble), t.grad().to(at::kDouble)};
}

/// The formula written plainly: S = Z₁Z₂ᵀ/τ and cross-entropy on S and Sᵀ.
std::pair<at::Tensor, at::Tensor> plain(const at::Tensor& a, const at::Tensor& b,
                                        const at::Tensor& t) {
  namespace F = torch::nn::functional;
  const at::Tensor s = F::normalize(a).matmul(F::normalize(b).t()) / t;
  const at::Tensor target = at::arange(s.size(0), at::kLong);
  const auto options = F::CrossEntropyFuncOptions().reduction(torch::kNone);
  return {F::cross_entropy(s, target, options), F::cross_entropy(s.t(), target, options)};
}

std::pair<at::Tensor, at::Tensor> fused(const at::Tensor& a, const at::Tensor& b,
                                        const at::Tensor& t) {
  const SymmetricContrast out = contrast(a, b, t);
  return {out.rows, out.columns};
}

/// −log softmax of the positive, one pair at a time.
double slow_loss(const at::Tensor& scores, std::int64_t i, double temperature) {
  double sum = 0;
  for (std::int64_t j = 0; j < scores.size(1); ++j)
    sum += std::exp((scores[i][j].item<double>() - scores[i][i].item<double>()) / temperature);
  return std::log(sum);
}

/// What contrasting throws.
std::string message(const at::Tensor& a, const at::Tensor& b, double t,
                    const at::Tensor& excluded = {}) {
  try {
    contrast(a, b, tau(t), excluded);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Contrast, EqualsTheFormulaOnePairAtATime) {
  const auto unit = [](const at::Tensor& z) {
    const at::Tensor d = z.to(at::kDouble);
    return d / d.norm(2, 1, true);
  };
  for (const Embeddings& z : kinds(37)) {
    const at::Tensor scores = unit(z.a).matmul(unit(z.b).t());
    const SymmetricContrast out = contrast(z.a, z.b, tau(0.1));
    for (std::int64_t i = 0; i < scores.size(0); ++i) {
      const double row = slow_loss(scores, i, 0.1), column = slow_loss(scores.t(), i, 0.1);
      EXPECT_NEAR(out.rows[i].item<double>(), row, 1e-5 * row + 1e-7) << z.name;
      EXPECT_NEAR(out.columns[i].item<double>(), column, 1e-5 * column + 1e-7) << z.name;
    }
  }
}

TEST(Contrast, ErrsNoMoreThanTwiceThePlainFormula) {
  for (const double t : {0.001, 0.004, 0.015, 0.016, 0.03, 0.05, 0.07, 0.5, 1.0, 10.0, 100.0}) {
    for (const Embeddings& z : kinds(300)) {
      SCOPED_TRACE(fmt::format("{} at {}", z.name, t));
      const Answer truth = answer(z, t, at::kDouble, plain);
      const Answer ours = answer(z, t, at::kFloat, fused), theirs = answer(z, t, at::kFloat, plain);
      // A unit in the last place of the largest value: what any float32 result may err.
      const auto ulp = [](const at::Tensor& x) {
        return 1.2e-7 * x.abs().max().item<double>() + 1e-30;
      };
      EXPECT_LE(error(ours.loss, truth.loss), 2 * error(theirs.loss, truth.loss) + ulp(truth.loss));
      EXPECT_LE(error(ours.a, truth.a), 2 * error(theirs.a, truth.a) + ulp(truth.a));
      EXPECT_LE(error(ours.b, truth.b), 2 * error(theirs.b, truth.b) + ulp(truth.b));
      EXPECT_LE(error(ours.tau, truth.tau), 2 * error(theirs.tau, truth.tau) + 4 * ulp(truth.tau));
      const double least = truth.loss.min().item<double>();
      if (t >= 0.05 && least > 1) {
        EXPECT_LE(((ours.loss - truth.loss) / truth.loss).abs().max().item<double>(), 1e-5);
      }
    }
  }
}

TEST(Contrast, TheGradientOfTauKeepsItsPlacesWhereScoresAreNearlyAlike) {
  // What is summed cancels to a 1e-4th there and less.
  for (const std::int64_t n : {64, 300, 1100}) {
    for (const double t : {0.004, 0.015, 0.03, 0.07, 0.5, 10.0}) {
      SCOPED_TRACE(fmt::format("{} samples at {}", n, t));
      at::manual_seed(7);
      const at::Tensor middle = at::randn({1, 64});
      const Embeddings z{"collapsed", middle + 1e-2 * at::randn({n, 64}),
                         middle + 1e-2 * at::randn({n, 64})};
      const auto reference = [](const at::Tensor& a, const at::Tensor& b, const at::Tensor& tau) {
        const SymmetricContrast out = contrast_reference(a, b, tau);
        return std::pair(out.rows, out.columns);
      };
      const Answer truth = answer(z, t, at::kDouble, reference);
      const Answer ours = answer(z, t, at::kFloat, fused), theirs = answer(z, t, at::kFloat, plain);
      EXPECT_LE(error(ours.tau, truth.tau),
                2 * error(theirs.tau, truth.tau) + 1e-4 * truth.tau.abs().item<double>());
    }
  }
}

TEST(Contrast, GradientsEqualFiniteDifferences) {
  at::manual_seed(3);
  const at::Tensor a = at::randn({9, 5}), b = at::randn({9, 5});
  const auto value = [](const at::Tensor& x, const at::Tensor& y, double t) {
    const SymmetricContrast out = contrast_reference(x.to(at::kDouble), y.to(at::kDouble), tau(t));
    return (out.rows.sum() + 3 * out.columns.sum() + 2 * out.positive.sum()).item<double>();
  };
  at::Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_();
  at::Tensor t = tau(0.3).requires_grad_();
  const SymmetricContrast out = contrast(x, y, t);
  (out.rows.sum() + 3 * out.columns.sum() + 2 * out.positive.sum()).backward();
  const double h = 1e-5;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    at::Tensor up = a.to(at::kDouble).clone(), down = up.clone();
    up.view(-1)[i] += h;
    down.view(-1)[i] -= h;
    const double slope = (value(up, b, 0.3) - value(down, b, 0.3)) / (2 * h);
    EXPECT_NEAR(x.grad().view(-1)[i].item<double>(), slope, 2e-5 * std::abs(slope) + 2e-5);
    up = b.to(at::kDouble).clone();
    down = up.clone();
    up.view(-1)[i] += h;
    down.view(-1)[i] -= h;
    const double other = (value(a, up, 0.3) - value(a, down, 0.3)) / (2 * h);
    EXPECT_NEAR(y.grad().view(-1)[i].item<double>(), other, 2e-5 * std::abs(other) + 2e-5);
  }
  const double slope = (value(a, b, 0.3 + h) - value(a, b, 0.3 - h)) / (2 * h);
  EXPECT_NEAR(t.grad().item<double>(), slope, 1e-4 * std::abs(slope));
}

TEST(Contrast, IsDifferentiableOnceAndSaysSo) {
  at::manual_seed(4);
  at::Tensor a = at::randn({8, 4}).requires_grad_();
  const at::Tensor b = at::randn({8, 4}), tau = at::full({}, 0.1, at::kDouble);
  EXPECT_THROW(torch::autograd::grad({contrast(a, b, tau).rows.sum()}, {a}, {}, true, true), Error);
  const at::Tensor slope =
      torch::autograd::grad({contrast_reference(a, b, tau).rows.sum()}, {a}, {}, true, true)[0];
  EXPECT_TRUE(torch::autograd::grad({slope.square().sum()}, {a})[0].isfinite().all().item<bool>());
}

TEST(Contrast, TakesRowsWhoseSquaresLeaveFloat32) {
  at::manual_seed(5);
  const at::Tensor a = at::randn({8, 4}), b = at::randn({8, 4});
  for (const float scale : {1e25f, 1e-28f})
    EXPECT_TRUE(at::allclose(unit_rows(a * scale, "a"), unit_rows(a, "a"), 1e-5, 1e-6)) << scale;
}

TEST(Contrast, LeavesExcludedPairsOut) {
  at::manual_seed(5);
  const at::Tensor a = at::randn({70, 16}), b = at::randn({70, 16});
  const at::Tensor excluded = torch::tensor({{3, 60, 61, 3}, {60, 3, 4, 60}}, at::kLong);
  for (const double t : {0.01, 0.2}) {
    at::Tensor x = a.clone().requires_grad_(), y = a.to(at::kDouble).requires_grad_();
    const SymmetricContrast ours = contrast(x, b, tau(t), excluded);
    const SymmetricContrast truth = contrast_reference(y, b.to(at::kDouble), tau(t), excluded);
    EXPECT_LT(error(ours.rows, truth.rows), 1e-4);
    EXPECT_LT(error(ours.columns, truth.columns), 1e-4);
    EXPECT_LT(error(ours.hardest_rows, truth.hardest_rows), 1e-6);
    EXPECT_LT(error(ours.negative, truth.negative), 1e-6);
    ours.rows.sum().backward();
    truth.rows.sum().backward();
    EXPECT_LT(error(x.grad(), y.grad()), 1e-4 * y.grad().abs().max().item<double>());
  }
}

TEST(Contrast, AnAnchorWithoutNegativesLosesNothing) {
  at::manual_seed(6);
  const at::Tensor b = at::randn({3, 4}), excluded = torch::tensor({{0, 0}, {1, 2}}, at::kLong);
  for (const double t : {0.01, 1.0}) {
    at::Tensor a = at::randn({3, 4}).requires_grad_();
    const SymmetricContrast out = contrast(a, b, tau(t), excluded);
    EXPECT_EQ(out.rows[0].item<float>(), 0);
    EXPECT_GT(out.rows[1].item<float>(), 0);
    EXPECT_EQ(out.hardest_rows[0].item<float>(), -std::numeric_limits<float>::infinity());
    out.rows.sum().backward();
    EXPECT_EQ(a.grad()[0].abs().max().item<float>(), 0);
  }
}

TEST(Contrast, RefusesABatchWithoutNegatives) {
  const at::Tensor two = at::eye(2), one = at::ones({1, 2});
  const at::Tensor all = torch::tensor({{0, 1, 0}, {1, 0, 0}}, at::kLong);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    EXPECT_NE(message(one.to(type), one.to(type), 1)
                  .find("no candidate negative: the batch is 1 sample, and needs at least 2"),
              std::string::npos);
    EXPECT_NE(message(two.to(type), two.to(type), 1, all)
                  .find("no candidate negative: the excluded pairs leave none"),
              std::string::npos);
  }
}

TEST(Contrast, BfloatErrsByItsRoundingOnly) {
  for (const Embeddings& z : kinds(300)) {
    SCOPED_TRACE(z.name);
    const Embeddings rounded{z.name, z.a.to(at::kBFloat16), z.b.to(at::kBFloat16)};
    const Answer truth = answer(rounded, 0.07, at::kDouble, plain);
    const Answer ours = answer(rounded, 0.07, at::kBFloat16, fused);
    // Each of two rows is rounded by up to 2⁻⁸ of its length: a cosine errs by at most 2⁻⁷, a
    // difference of two by 2⁻⁶. The errors of 64 entries don't all add up: half of that is met.
    EXPECT_LE(error(ours.loss, truth.loss), 2 * 0x1p-8 / 0.07);
    EXPECT_LE(error(ours.a, truth.a), 0.03 * truth.a.abs().max().item<double>() + 1e-5);
    if (std::string(z.name) == "random") {
      EXPECT_LE(std::abs((ours.loss - truth.loss).mean().item<double>()), 2e-3);
    }
  }
}

TEST(Contrast, SameThreadsSameBits) {
  at::manual_seed(11);
  const Embeddings z{"random", at::randn({700, 48}), at::randn({700, 48})};
  const Answer first = answer(z, 0.07, at::kFloat, fused);
  for (int again = 0; again < 3; ++again) {
    const Answer next = answer(z, 0.07, at::kFloat, fused);
    EXPECT_TRUE(at::equal(first.loss, next.loss));
    EXPECT_TRUE(at::equal(first.a, next.a));
    EXPECT_TRUE(at::equal(first.b, next.b));
    EXPECT_TRUE(at::equal(first.tau, next.tau));
  }
}

// Above 1,024 samples the scores are computed twice.
constexpr std::int64_t above_kept = 1100;

TEST(Contrast, ErrsNoMoreWhereTheScoresAreNotKept) {
  ASSERT_GT(kept_scores(1024), 0);
  ASSERT_EQ(kept_scores(above_kept), 0);
  const auto ulp = [](const at::Tensor& x) {
    return 1.2e-7 * x.abs().max().item<double>() + 1e-30;
  };
  for (const double t : {0.07, 0.005}) {
    for (const Embeddings& z : kinds(above_kept)) {
      if (z.a.size(0) < above_kept) continue;  // there are no more orthogonal axes
      SCOPED_TRACE(fmt::format("{} at {}", z.name, t));
      const Answer truth = answer(z, t, at::kDouble, plain);
      const Answer ours = answer(z, t, at::kFloat, fused), theirs = answer(z, t, at::kFloat, plain);
      EXPECT_LE(error(ours.loss, truth.loss), 2 * error(theirs.loss, truth.loss) + ulp(truth.loss));
      EXPECT_LE(error(ours.a, truth.a), 2 * error(theirs.a, truth.a) + ulp(truth.a));
      EXPECT_LE(error(ours.b, truth.b), 2 * error(theirs.b, truth.b) + ulp(truth.b));
      EXPECT_LE(error(ours.tau, truth.tau), 2 * error(theirs.tau, truth.tau) + 4 * ulp(truth.tau));
    }
  }
}

TEST(Contrast, BfloatErrsByItsRoundingOnlyWhereTheScoresAreNotKept) {
  at::manual_seed(13);
  // Entries of ±1/8 make unit rows that bfloat16 holds exactly: only the weights of the gradient
  // are rounded, by at most 2⁻⁸ in all.
  const auto signs = [] { return at::sign(at::randn({above_kept, 64})).div(8).to(at::kBFloat16); };
  const Embeddings exact{"exact", signs(), signs()};
  for (const double t : {0.07, 0.005}) {
    SCOPED_TRACE(t);
    const Answer truth = answer(exact, t, at::kDouble, plain);
    const Answer ours = answer(exact, t, at::kBFloat16, fused);
    EXPECT_LE(error(ours.loss, truth.loss), 1e-5 * truth.loss.max().item<double>());
    EXPECT_LE(error(ours.a, truth.a), 0x1p-7 * truth.a.abs().max().item<double>());
    EXPECT_LE(error(ours.b, truth.b), 0x1p-7 * truth.b.abs().max().item<double>());
    EXPECT_LE(error(ours.tau, truth.tau), 0x1p-8 * truth.tau.abs().item<double>());
  }
  const Embeddings z = kinds(above_kept)[0];
  const Embeddings rounded{z.name, z.a.to(at::kBFloat16), z.b.to(at::kBFloat16)};
  for (const double t : {0.07, 0.005}) {
    SCOPED_TRACE(t);
    const Answer truth = answer(rounded, t, at::kDouble, plain);
    const Answer ours = answer(rounded, t, at::kBFloat16, fused);
    EXPECT_LE(error(ours.loss, truth.loss), 2 * 0x1p-8 / t);
    EXPECT_LE(error(ours.a, truth.a), (t > 0.05 ? 0.03 : 0.3) * truth.a.abs().max().item<double>());
    EXPECT_LE(error(ours.b, truth.b), (t > 0.05 ? 0.03 : 0.3) * truth.b.abs().max().item<double>());
  }
}

TEST(Contrast, SameThreadsSameBitsWhereTheScoresAreNotKept) {
  const Embeddings z = kinds(above_kept)[0];
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const double t : {0.07, 0.005}) {
      const Answer first = answer(z, t, type, fused), next = answer(z, t, type, fused);
      EXPECT_TRUE(at::equal(first.loss, next.loss));
      EXPECT_TRUE(at::equal(first.a, next.a));
      EXPECT_TRUE(at::equal(first.b, next.b));
      EXPECT_TRUE(at::equal(first.tau, next.tau));
    }
  }
}

TEST(Contrast, EveryInstructionSetGivesTheSameLosses) {
  const Embeddings z = kinds(300)[0];
  const Answer truth = answer(z, 0.07, at::kDouble, plain),
               sharp = answer(z, 0.005, at::kDouble, plain);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    const Answer ours = answer(z, 0.07, at::kFloat, fused);
    EXPECT_LT(error(ours.loss, truth.loss), 1e-5);
    EXPECT_LT(error(ours.a, truth.a), 1e-6);
    EXPECT_LT(error(answer(z, 0.005, at::kFloat, fused).loss, sharp.loss), 1e-3);
    const Embeddings half{"", z.a.to(at::kBFloat16), z.b.to(at::kBFloat16)};
    EXPECT_LT(error(answer(half, 0.07, at::kBFloat16, fused).loss, truth.loss), 0.2);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(Contrast, RefusesBadInputByName) {
  const at::Tensor good = at::ones({4, 3});
  at::Tensor zero = good.clone(), nan = good.clone(), infinite = good.clone();
  zero[2].zero_();
  nan[1][1] = std::nan("");
  infinite[3][0] = std::numeric_limits<float>::infinity();
  EXPECT_NE(message(good, zero, 1).find("b: row 2 is zero"), std::string::npos);
  EXPECT_NE(message(nan, good, 1).find("a: row 1 holds a NaN"), std::string::npos);
  EXPECT_NE(message(infinite, good, 1).find("a: row 3 holds an infinity"), std::string::npos);
  EXPECT_NE(message(good, at::ones({4, 2}), 1).find("[4, 2]"), std::string::npos);
  EXPECT_NE(message(at::ones({4, 0}), at::ones({4, 0}), 1).find("D = 0"), std::string::npos);
  EXPECT_EQ(message(good, good, 0),
            "the temperature is 0, which divides every similarity by zero; it must be positive");
  EXPECT_NE(message(good, good, -1).find("pulls negatives closer"), std::string::npos);
  EXPECT_NE(message(good.to(at::kHalf), good.to(at::kHalf), 1)
                .find("a: the numbers are Half; they must be float32, bfloat16 or float64"),
            std::string::npos);
}

}  // namespace
}  // namespace cmc::kernels
