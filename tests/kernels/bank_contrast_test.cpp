#include "cmc/kernels/bank_contrast.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "cmc/error.h"
#include "cmc/kernels/cpu/gathered_rows.h"
#include "tests/kernels/answer.h"

namespace cmc::kernels {
namespace {

at::Tensor unit(const at::Tensor& z) {
  return z / z.norm(2, 1, true);
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
  at::manual_seed(2);
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
  at::manual_seed(4);
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
  at::manual_seed(3);
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

struct Kind {
  const char* name;
  Case z;
};

/// Anchors whose scores with the bank lie at every end of their range.
std::vector<Kind> kinds() {
  at::manual_seed(8);
  const Case random;
  const at::Tensor again = at::arange(1100, at::kLong).remainder(70);
  const at::Tensor near =
      unit(unit(random.anchors).index_select(0, again) + 1e-3 * at::randn({1100, 48}));
  const at::Tensor axes = at::eye(48), place = at::arange(70, at::kLong).remainder(24);
  const at::Tensor first = 3 * axes.index_select(0, place),
                   next = axes.index_select(0, (place + 1).remainder(24));
  return {{"random", random},
          {"aligned", {random.anchors, 2 * random.anchors, near}},
          {"antipodal", {random.anchors, -2 * random.anchors, -near}},
          {"orthogonal", {first, next, axes.index_select(0, again.remainder(24) + 24)}}};
}

/// Losses, and gradients of a weighted sum of them and of the positives, in float64.
template <class Contrast>
Answer answer(const Case& c, const at::Tensor& picks, const at::Tensor& excluded, double t,
              at::ScalarType type, const Contrast& contrast) {
  at::Tensor a = c.anchors.to(type).detach().requires_grad_(),
             p = c.positives.to(type).detach().requires_grad_();
  at::Tensor tau = at::full({}, t, at::promote_types(type, at::kFloat)).requires_grad_();
  const at::Tensor bank = type == at::kDouble ? c.bank.to(type) : c.bank;
  const BankContrast out = contrast(a, p, bank, tau, picks, excluded);
  const at::Tensor weights = at::linspace(0.5, 1.5, a.size(0), out.loss.options()) / a.size(0);
  ((out.loss * weights).sum() + (out.positive * weights).sum()).backward();
  return {out.loss.detach().to(at::kDouble), a.grad().to(at::kDouble), p.grad().to(at::kDouble),
          tau.grad().to(at::kDouble)};
}

/// The longest gradient that answer() can give an embedding: its largest weight over τ and the
/// norm.
double steepest(const at::Tensor& embeddings, double t) {
  const at::Tensor norms = embeddings.to(at::kDouble).norm(2, 1);
  return 1.5 / static_cast<double>(norms.size(0)) / t / norms.min().item<double>();
}

/// The ways to pick, of 1,100 rows for 70 anchors, and the pairs that do not meet.
struct Ways {
  at::Tensor shared = at::randint(1100, {517}, at::kLong);
  at::Tensor each = at::randint(1100, {70, 517}, at::kLong);
  at::Tensor own = at::stack({at::arange(70, at::kLong), at::arange(70, at::kLong) + 300});

  std::vector<at::Tensor> all() const { return {at::Tensor(), shared, each}; }
};

TEST(BankContrast, ErrsNoMoreThanTwiceThePlainFormula) {
  const std::vector<Kind> cases = kinds();
  const Ways ways;
  const auto ulp = [](const at::Tensor& x) {
    return 1.2e-7 * x.abs().max().item<double>() + 1e-30;
  };
  for (const double t : {0.001, 0.01, 0.07, 1.0, 100.0}) {
    for (const auto& [name, z] : cases) {
      for (const at::Tensor& picks : ways.all()) {
        SCOPED_TRACE(fmt::format("{} at {}, picks of {} dimensions", name, t,
                                 picks.defined() ? picks.dim() : 0));
        const Answer truth = answer(z, picks, ways.own, t, at::kDouble, bank_contrast_reference);
        const Answer theirs = answer(z, picks, ways.own, t, at::kFloat, bank_contrast_reference);
        const Answer ours = answer(z, picks, ways.own, t, at::kFloat, bank_contrast);
        // Among aligned rows a gradient is the difference of nearly equal ones of this size: it may
        // err by four units in their last place.
        const double row = std::string(name) == "aligned" ? steepest(z.anchors, t) : 0;
        const double whole = std::string(name) == "aligned" ? 1 / (t * t) : 0;
        const auto expect_near = [&](const at::Tensor& x, const at::Tensor& plain,
                                     const at::Tensor& exact, double cancelled, const char* what) {
          EXPECT_LE(error(x, exact),
                    2 * error(plain, exact) + 4 * ulp(exact) + 4 * 1.2e-7 * cancelled)
              << what;
        };
        expect_near(ours.loss, theirs.loss, truth.loss, 0, "loss");
        expect_near(ours.a, theirs.a, truth.a, row, "anchors");
        expect_near(ours.b, theirs.b, truth.b, row, "positives");
        expect_near(ours.tau, theirs.tau, truth.tau, whole, "tau");
      }
    }
  }
}

TEST(BankContrast, TheGradientOfTauKeepsItsPlacesWhereScoresAreNearlyAlike) {
  at::manual_seed(9);
  const at::Tensor middle = at::randn({1, 48});
  const auto near = [&](std::int64_t n) { return middle + 1e-2 * at::randn({n, 48}); };
  const at::Tensor anchors = near(70), positives = near(70), bank = unit(near(1100));
  const at::Tensor each = at::randint(1100, {70, 517}, at::kLong);
  for (const at::Tensor& picks : {at::Tensor(), each}) {
    for (const double t : {0.004, 0.07, 10.0}) {
      SCOPED_TRACE(t);
      const auto gradient = [&](at::ScalarType type, const auto& contrast) {
        at::Tensor tau = at::full({}, t, at::kDouble).requires_grad_();
        contrast(anchors.to(type), positives.to(type), bank.to(type), tau, picks, at::Tensor())
            .loss.sum()
            .backward();
        return tau.grad();
      };
      const at::Tensor truth = gradient(at::kDouble, bank_contrast_reference);
      EXPECT_LE(error(gradient(at::kFloat, bank_contrast), truth),
                2 * error(gradient(at::kFloat, bank_contrast_reference), truth) +
                    1e-4 * truth.abs().item<double>());
    }
  }
}

TEST(BankContrast, BfloatAnchorsErrByTheirRoundingOnly) {
  const Ways ways;
  for (auto& [name, z] : kinds()) {
    z.anchors = z.anchors.to(at::kBFloat16);
    z.positives = z.positives.to(at::kBFloat16);
    for (const at::ScalarType held : {at::kFloat, at::kBFloat16}) {
      z.bank = z.bank.to(held);
      for (const at::Tensor& picks : ways.all()) {
        SCOPED_TRACE(fmt::format("{}, bank of {}, picks of {} dimensions", name,
                                 c10::toString(held), picks.defined() ? picks.dim() : 0));
        const Answer truth = answer(z, picks, ways.own, 0.07, at::kDouble, bank_contrast_reference);
        const Answer ours = answer(z, picks, ways.own, 0.07, at::kBFloat16, bank_contrast);
        // Each rounded row errs by up to 2⁻⁸ of its length: a cosine of two by at most 2⁻⁷, a
        // difference of two by twice that, of which half is met over 48 entries. Where gradients
        // cancel, what rounding leaves of them counts by what cancels.
        const double cancelled = 0x1p-9 * steepest(z.anchors, 0.07);
        EXPECT_LE(error(ours.loss, truth.loss), 2 * 0x1p-8 / 0.07);
        EXPECT_LE(error(ours.a, truth.a), 0.03 * truth.a.abs().max().item<double>() + cancelled);
        EXPECT_LE(error(ours.b, truth.b), 0.03 * truth.b.abs().max().item<double>() + cancelled);
        if (std::string(name) == "random") {
          EXPECT_LE(std::abs((ours.loss - truth.loss).mean().item<double>()), 2e-3);
        }
      }
    }
  }
}

TEST(BankContrast, SameThreadsSameBits) {
  at::manual_seed(14);
  const Case c;
  const Ways ways;
  for (const double t : {0.07, 0.005}) {
    for (const at::Tensor& picks : ways.all()) {
      const Answer first = answer(c, picks, ways.own, t, at::kFloat, bank_contrast);
      for (int again = 0; again < 3; ++again) {
        const Answer next = answer(c, picks, ways.own, t, at::kFloat, bank_contrast);
        EXPECT_TRUE(at::equal(first.loss, next.loss));
        EXPECT_TRUE(at::equal(first.a, next.a));
        EXPECT_TRUE(at::equal(first.b, next.b));
        EXPECT_TRUE(at::equal(first.tau, next.tau));
      }
    }
  }
}

TEST(BankContrast, EveryInstructionSetGivesTheSameLosses) {
  at::manual_seed(15);
  const Case c;
  Case half = c;
  half.bank = c.bank.to(at::kBFloat16);
  const Ways ways;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    for (const Case& z : {c, half}) {
      for (const at::Tensor& picks : ways.all()) {
        for (const double t : {0.07, 0.005}) {
          const Answer truth = answer(z, picks, ways.own, t, at::kDouble, bank_contrast_reference);
          const Answer ours = answer(z, picks, ways.own, t, at::kFloat, bank_contrast);
          const double tolerance = t > 0.05 ? 1e-5 : 1e-4;
          EXPECT_LT(error(ours.loss, truth.loss), tolerance * truth.loss.max().item<double>());
          EXPECT_LT(error(ours.a, truth.a), tolerance * truth.a.abs().max().item<double>());
        }
      }
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(GatheredRows, EveryInstructionSetGivesTheSameSums) {
  at::manual_seed(16);
  const at::Tensor picks = torch::tensor({3, 0, 19, 3, 7, 11, 5}, at::kLong);
  const auto* rows = picks.data_ptr<std::int64_t>();
  const std::int64_t count = picks.size(0);
  // Whole vectors of every width, their remainders, and less than one.
  for (const std::int64_t dim : {1, 3, 16, 61, 64, 131}) {
    const at::Tensor anchor = at::randn({dim}), weights = at::randn({count});
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      const at::Tensor bank = at::randn({20, dim}).to(type);
      const at::Tensor gathered = bank.to(at::kDouble).index_select(0, picks);
      const BankRows held{bank.data_ptr(), type == at::kBFloat16, dim};
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        SCOPED_TRACE(
            fmt::format("{}, {} of {}", hwy::TargetName(target), dim, c10::toString(type)));
        hwy::SetSupportedTargetsForTest(target);
        at::Tensor scores = at::empty({count}), lengths = at::empty({count}), some = at::empty({2}),
                   sum = at::ones({dim});
        gathered_scores(anchor.data_ptr<float>(), held, rows, count, scores.data_ptr<float>());
        EXPECT_LT(error(scores, gathered.mv(anchor.to(at::kDouble))), 1e-5 * std::sqrt(dim));
        gathered_lengths(held, rows, count, lengths.data_ptr<float>());
        EXPECT_LT(error(lengths, gathered.norm(2, 1)), 2e-6 * std::sqrt(dim));
        gathered_lengths(held, nullptr, 2, some.data_ptr<float>());
        EXPECT_LT(error(some, bank.to(at::kDouble).norm(2, 1).slice(0, 0, 2)),
                  2e-6 * std::sqrt(dim));
        add_gathered(held, rows, weights.data_ptr<float>(), count, sum.data_ptr<float>());
        EXPECT_LT(error(sum, 1 + weights.to(at::kDouble).matmul(gathered)), 1e-5);
      }
      hwy::SetSupportedTargetsForTest(0);
    }
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
  at::manual_seed(12);
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
