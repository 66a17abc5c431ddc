#include "cmc/kernels/multi_positive_contrast.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/functional.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/cpu/symmetric_tiles.h"
#include "tests/kernels/answer.h"
#include "tests/kernels/embedding_kinds.h"

namespace cmc::kernels {
namespace {

constexpr PositiveMean both_means[] = {PositiveMean::outside, PositiveMean::inside};

at::Tensor tau(double value) {
  return at::full({}, value, at::kDouble);
}

at::Tensor unit(const at::Tensor& z) {
  const at::Tensor d = z.detach().to(at::kDouble);
  return d / d.norm(2, 1, true);
}

/// Groups of n samples, 0 … classes − 1, every fourth without one.
at::Tensor partly_labelled(std::int64_t n, std::int64_t classes) {
  const at::Tensor i = at::arange(n, at::kLong);
  return (i * 7).remainder(classes).masked_fill(i.remainder(4) == 1, -1);
}

/// A sample that an anchor meets.
struct Candidate {
  double score = 0;
  bool positive = false;
};

struct Figures {
  double loss = 0, k_pair = 0, hardest = -std::numeric_limits<double>::infinity();
  std::int64_t negatives = 0;
};

/// Khosla et al., eq. 2 and 3, one candidate at a time.
Figures slow(double own, const std::vector<Candidate>& met, double t, PositiveMean mean) {
  Figures figures;
  double all = std::exp(own / t), negative = 0, positive = all, logarithms = 0;
  std::int64_t positives = 1;
  for (const Candidate& each : met) {
    all += std::exp(each.score / t);
    if (each.positive) {
      positive += std::exp(each.score / t);
      ++positives;
      continue;
    }
    negative += std::exp(each.score / t);
    figures.hardest = std::max(figures.hardest, each.score);
    ++figures.negatives;
  }
  logarithms += std::log(std::exp(own / t) / all);
  for (const Candidate& each : met)
    if (each.positive) logarithms += std::log(std::exp(each.score / t) / all);
  const auto n = static_cast<double>(positives);
  figures.loss = mean == PositiveMean::outside ? -logarithms / n : -std::log(positive / n / all);
  if (figures.negatives == 0) figures.loss = 0;
  figures.k_pair = -std::log(std::exp(own / t) / (std::exp(own / t) + negative));
  return figures;
}

bool share(const at::Tensor& groups, std::int64_t i, const at::Tensor& others, std::int64_t j) {
  for (std::int64_t c = 0; c < groups.size(1); ++c) {
    const auto own = groups[i][c].item<std::int64_t>();
    if (own >= 0 && own == others[j][c].item<std::int64_t>()) return true;
  }
  return false;
}

void expect_figures(const MultiPositiveLosses& losses, std::int64_t i, const Figures& truth,
                    double tolerance) {
  EXPECT_NEAR(losses.loss[i].item<double>(), truth.loss, tolerance * (1 + truth.loss)) << i;
  EXPECT_NEAR(losses.k_pair[i].item<double>(), truth.k_pair, tolerance * (1 + truth.k_pair)) << i;
  EXPECT_EQ(losses.negatives[i].item<std::int64_t>(), truth.negatives) << i;
  if (truth.negatives > 0) {
    EXPECT_NEAR(losses.hardest[i].item<double>(), truth.hardest, 1e-6) << i;
  } else {
    EXPECT_EQ(losses.hardest[i].item<double>(), truth.hardest) << i;
  }
}

/// Both directions against the slow formula.
void expect_formula(const at::Tensor& a, const at::Tensor& b, const at::Tensor& groups, double t,
                    const at::Tensor& excluded, PositiveMean mean) {
  const std::int64_t n = a.size(0);
  const at::Tensor scores = unit(a).matmul(unit(b).t());
  const at::Tensor columns = groups.dim() == 1 ? groups.unsqueeze(1) : groups;
  std::vector<std::vector<bool>> apart(n, std::vector<bool>(n, false));
  for (std::int64_t e = 0; excluded.defined() && e < excluded.size(1); ++e)
    apart[excluded[0][e].item<std::int64_t>()][excluded[1][e].item<std::int64_t>()] = true;
  const MultiPositiveContrast fused = multi_positive_contrast(a, b, groups, tau(t), excluded, mean);
  const MultiPositiveContrast plain = multi_positive_contrast_reference(
      a.to(at::kDouble), b.to(at::kDouble), groups, tau(t), excluded, mean);
  double negative = 0, pairs = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<Candidate> row, column;
    for (std::int64_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const bool positive = share(columns, i, columns, j);
      if (!apart[i][j]) {
        row.push_back({scores[i][j].item<double>(), positive});
        if (!positive) negative += row.back().score, ++pairs;
      }
      if (!apart[j][i]) column.push_back({scores[j][i].item<double>(), positive});
    }
    const double own = scores[i][i].item<double>();
    EXPECT_NEAR(fused.positive[i].item<double>(), own, 1e-6);
    expect_figures(fused.rows, i, slow(own, row, t, mean), 1e-5);
    expect_figures(fused.columns, i, slow(own, column, t, mean), 1e-5);
    expect_figures(plain.rows, i, slow(own, row, t, mean), 1e-11);
    expect_figures(plain.columns, i, slow(own, column, t, mean), 1e-11);
  }
  EXPECT_NEAR(fused.negative.item<double>(), negative / pairs, 1e-6);
  EXPECT_NEAR(plain.negative.item<double>(), negative / pairs, 1e-12);
}

TEST(MultiPositive, EqualsTheFormulaOnePairAtATime) {
  at::manual_seed(1);
  const at::Tensor a = at::randn({37, 12}), b = at::randn({37, 12});
  const at::Tensor excluded = torch::tensor({{3, 30, 0, 3}, {30, 3, 5, 30}}, at::kLong);
  const at::Tensor any =
      at::stack({partly_labelled(37, 5), at::arange(37, at::kLong).div(9, "floor") - 1}, 1);
  for (const PositiveMean mean : both_means)
    for (const double t : {0.01, 0.1, 1.0})
      for (const at::Tensor& groups :
           {partly_labelled(37, 5), any, any * (std::int64_t{1} << 40), at::full({37, 1}, -1)}) {
        SCOPED_TRACE(fmt::format("mean {}, τ = {}, {} columns", static_cast<int>(mean), t,
                                 groups.dim() == 1 ? 1 : groups.size(1)));
        expect_formula(a, b, groups.to(at::kLong), t, {}, mean);
        expect_formula(a, b, groups.to(at::kLong), t, excluded, mean);
      }
}

/// Both losses of all anchors by whole matrices: `meets` and `shared` bool [N, K].
at::Tensor whole_losses(const at::Tensor& own, const at::Tensor& scores, const at::Tensor& meets,
                        const at::Tensor& shared, const at::Tensor& t, PositiveMean mean) {
  const at::Tensor positives = meets.logical_and(shared);
  const at::Tensor e = at::exp(scores / t), mine = at::exp(own / t);
  const at::Tensor all = mine + (e * meets).sum(1), count = 1 + positives.sum(1);
  const at::Tensor loss = mean == PositiveMean::inside
                              ? at::log(all) - at::log((mine + (e * positives).sum(1)) / count)
                              : at::log(all) - (own + (scores * positives).sum(1)) / t / count;
  const at::Tensor negatives = meets.logical_and(shared.logical_not()).sum(1);
  return loss.masked_fill(negatives == 0, 0);
}

TEST(MultiPositive, TheReferenceOfSeveralChunksIsThatOfWholeMatrices) {
  at::manual_seed(21);
  constexpr std::int64_t n = 1600, dim = 5;  // chunks of 1,310 anchors
  const at::Tensor i = at::arange(n, at::kLong);
  // Sample 3 meets only its positive, 8, and so has no negative; groups are in two columns.
  const at::Tensor groups = at::stack({partly_labelled(n, 5), i.div(40, "floor") - 3}, 1);
  const at::Tensor others = i.masked_select(i.ne(3).logical_and(i.ne(8)));
  const at::Tensor excluded = at::stack({at::full_like(others, 3), others});
  const at::Tensor a = at::randn({n, dim}, at::kDouble), b = at::randn({n, dim}, at::kDouble);
  const at::Tensor weights = at::linspace(0.5, 1.5, n, at::kDouble);
  at::Tensor meets = at::eye(n, at::kBool).logical_not();
  meets.index_put_({excluded[0], excluded[1]}, at::zeros({}, at::kBool));
  at::Tensor shared = at::zeros({n, n}, at::kBool);
  for (std::int64_t c = 0; c < 2; ++c) {
    const at::Tensor of = groups.select(1, c);
    shared =
        shared.logical_or(of.unsqueeze(1).eq(of.unsqueeze(0)).logical_and(of.unsqueeze(1).ge(0)));
  }
  for (const PositiveMean mean : both_means) {
    const auto leaves = [&] {
      return std::array<at::Tensor, 3>{a.clone().requires_grad_(), b.clone().requires_grad_(),
                                       tau(0.2).requires_grad_()};
    };
    const auto [x, y, t] = leaves();
    const MultiPositiveContrast ours =
        multi_positive_contrast_reference(x, y, groups, t, excluded, mean);
    ((ours.rows.loss + 2 * ours.columns.loss) * weights).sum().backward();
    const auto [p, q, s] = leaves();
    const at::Tensor scores = (p / p.norm(2, 1, true)).matmul((q / q.norm(2, 1, true)).t());
    const at::Tensor rows = whole_losses(scores.diagonal(), scores, meets, shared, s, mean),
                     columns =
                         whole_losses(scores.diagonal(), scores.t(), meets.t(), shared, s, mean);
    ((rows + 2 * columns) * weights).sum().backward();
    EXPECT_EQ(ours.rows.loss[3].item<double>(), 0);
    EXPECT_EQ(ours.rows.negatives[3].item<std::int64_t>(), 0);
    EXPECT_LT(error(ours.rows.loss, rows), 1e-11);
    EXPECT_LT(error(ours.columns.loss, columns), 1e-11);
    EXPECT_LT(error(x.grad(), p.grad()), 1e-11 * p.grad().abs().max().item<double>());
    EXPECT_LT(error(y.grad(), q.grad()), 1e-11 * q.grad().abs().max().item<double>());
    EXPECT_LT(error(t.grad(), s.grad()), 1e-10 * std::abs(s.grad().item<double>()));
  }
}

TEST(MultiPositive, IsTheKPairLossWhereEachIsAlone) {
  at::manual_seed(2);
  const at::Tensor a = at::randn({50, 8}), b = a + 0.1 * at::randn({50, 8});
  for (const double t : {0.005, 0.07}) {
    const SymmetricContrast k_pair = contrast(a, b, tau(t));
    for (const PositiveMean mean : both_means) {
      const MultiPositiveContrast out =
          multi_positive_contrast(a, b, at::full({50}, -1, at::kLong), tau(t), {}, mean);
      EXPECT_TRUE(at::allclose(out.rows.loss, k_pair.rows, 1e-6, 0));
      EXPECT_TRUE(at::allclose(out.columns.loss, k_pair.columns, 1e-6, 0));
      EXPECT_TRUE(at::equal(out.rows.loss, out.rows.k_pair));
    }
  }
}

TEST(MultiPositive, GivesWhatPytorchMetricLearningDoes) {
  // SupConLoss of pytorch-metric-learning 2.9.0 (temperature 0.2, cosine similarity, mean),
  // float64: of one view with the other as reference, and of both as the paper's one pool.
  const at::Tensor i = at::arange(60, at::kDouble).view({12, 5});
  const at::Tensor a = at::sin(1 + 1.7 * i), b = at::cos(0.3 + 0.9 * i);
  const at::Tensor groups = torch::tensor({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1}, at::kLong);
  const at::Tensor
      rows_a = torch::tensor({0.021474845453789186, -0.0026649362418942465, -0.022899929128882515,
                              -0.05118901799479111, -0.036086040677412654}),
      rows_b = torch::tensor({-0.0056315262097268864, 0.13878829279674912, -0.06234343481258112,
                              -0.057170640676913104, 0.19078252025879222}),
      pool_a = torch::tensor({0.017360544735698237, 0.03440767535095076, 0.01846391550716031,
                              0.01127794865019575, -0.003348603967304232}),
      pool_b = torch::tensor({-0.0030387396143894893, 0.0096908685932837, -0.0574350242348848,
                              -0.02394401272892359, 0.08546175427212162});
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    at::Tensor x = a.to(type).clone().requires_grad_(), y = b.to(type).clone().requires_grad_();
    const MultiPositiveContrast cross = multi_positive_contrast(x, y, groups, tau(0.2));
    EXPECT_NEAR(cross.rows.loss.mean().item<double>(), 3.409840388659409, 1e-6);
    EXPECT_NEAR(cross.columns.loss.mean().item<double>(), 3.3817925488650142, 1e-6);
    cross.rows.loss.mean().backward();
    EXPECT_LT(error(x.grad()[3], rows_a), 1e-6);
    EXPECT_LT(error(y.grad()[7], rows_b), 1e-6);

    at::Tensor u = a.to(type).clone().requires_grad_(), v = b.to(type).clone().requires_grad_();
    const at::Tensor sample = at::arange(12, at::kLong);
    const at::Tensor itself =
        at::cat({at::stack({sample, sample + 12}), at::stack({sample + 12, sample})}, 1);
    const at::Tensor pool = multi_positive_contrast(at::cat({u, v}), at::cat({v, u}),
                                                    groups.repeat({2}), tau(0.2), itself)
                                .rows.loss.mean();
    EXPECT_NEAR(pool.item<double>(), 4.800241901224779, 1e-6);
    pool.backward();
    EXPECT_LT(error(u.grad()[3], pool_a), 1e-6);
    EXPECT_LT(error(v.grad()[7], pool_b), 1e-6);
  }
}

using Losses = std::pair<at::Tensor, at::Tensor>;
using Contrasting = std::function<Losses(const at::Tensor&, const at::Tensor&, const at::Tensor&)>;

/// Losses of all anchors, and gradients of a weighted sum of them, in float64.
Answer answer(const Embeddings& z, double temperature, at::ScalarType type,
              const Contrasting& contrasting) {
  at::Tensor a = z.a.to(type).detach().requires_grad_(), b = z.b.to(type).detach().requires_grad_();
  at::Tensor t = tau(temperature).to(at::promote_types(type, at::kFloat)).requires_grad_();
  const auto [rows, columns] = contrasting(a, b, t);
  const std::int64_t n = rows.size(0);
  const at::Tensor weights = at::linspace(0.5, 1.5, n, rows.options()) / n;
  ((rows * weights).sum() + 2 * (columns * weights).sum()).backward();
  return {at::cat({rows, columns}).detach().to(at::kDouble), a.grad().to(at::kDouble),
          b.grad().to(at::kDouble), t.grad().to(at::kDouble)};
}

/// The formulas written plainly: a mask of positives over S = Z₁Z₂ᵀ/τ.
Contrasting plain(const at::Tensor& groups, PositiveMean mean) {
  return [=](const at::Tensor& a, const at::Tensor& b, const at::Tensor& t) {
    namespace F = torch::nn::functional;
    const at::Tensor s = F::normalize(a).matmul(F::normalize(b).t()) / t;
    const at::Tensor same = groups.unsqueeze(1).eq(groups).logical_and(groups >= 0);
    const at::Tensor mask = same.logical_or(at::eye(s.size(0), at::kBool)).to(s.scalar_type());
    const auto direction = [&](const at::Tensor& scores) {
      const at::Tensor logarithms = scores - at::logsumexp(scores, 1, true);
      if (mean == PositiveMean::outside) return -(mask * logarithms).sum(1) / mask.sum(1);
      return -at::logsumexp(logarithms + at::log(mask), 1) + at::log(mask.sum(1));
    };
    return Losses(direction(s), direction(s.t()));
  };
}

Contrasting fused(const at::Tensor& groups, PositiveMean mean) {
  return [=](const at::Tensor& a, const at::Tensor& b, const at::Tensor& t) {
    const MultiPositiveContrast out = multi_positive_contrast(a, b, groups, t, {}, mean);
    return Losses(out.rows.loss, out.columns.loss);
  };
}

Contrasting reference(const at::Tensor& groups, PositiveMean mean) {
  return [=](const at::Tensor& a, const at::Tensor& b, const at::Tensor& t) {
    const MultiPositiveContrast out = multi_positive_contrast_reference(a, b, groups, t, {}, mean);
    return Losses(out.rows.loss, out.columns.loss);
  };
}

/// Expects the fused kernel to err no more than twice the plain formula in float32 does, and four
/// units in the last place.
void expect_near(const Embeddings& z, double t, PositiveMean mean) {
  const at::Tensor groups = partly_labelled(z.a.size(0), 5);
  const Answer truth = answer(z, t, at::kDouble, reference(groups, mean));
  const Answer ours = answer(z, t, at::kFloat, fused(groups, mean)),
               theirs = answer(z, t, at::kFloat, plain(groups, mean));
  const auto ulp = [](const at::Tensor& x) {
    return 1.2e-7 * x.abs().max().item<double>() + 1e-30;
  };
  EXPECT_LE(error(ours.loss, truth.loss), 2 * error(theirs.loss, truth.loss) + ulp(truth.loss));
  EXPECT_LE(error(ours.a, truth.a), 2 * error(theirs.a, truth.a) + 2 * ulp(truth.a));
  EXPECT_LE(error(ours.b, truth.b), 2 * error(theirs.b, truth.b) + 2 * ulp(truth.b));
  EXPECT_LE(error(ours.tau, truth.tau), 2 * error(theirs.tau, truth.tau) + 4 * ulp(truth.tau));
  const double least = truth.loss.min().item<double>();
  if (t >= 0.05 && least > 1) {
    EXPECT_LE(((ours.loss - truth.loss) / truth.loss).abs().max().item<double>(), 1e-5);
  }
}

TEST(MultiPositive, ErrsNoMoreThanTwiceThePlainFormula) {
  for (const PositiveMean mean : both_means)
    for (const double t : {0.001, 0.004, 0.015, 0.016, 0.05, 0.07, 0.5, 1.0, 100.0})
      for (const Embeddings& z : kinds(300)) {
        SCOPED_TRACE(fmt::format("{} at {}, mean {}", z.name, t, static_cast<int>(mean)));
        expect_near(z, t, mean);
      }
}

// Above 1,024 samples the scores are computed twice.
TEST(MultiPositive, ErrsNoMoreWhereTheScoresAreNotKept) {
  ASSERT_EQ(kept_scores(1100), 0);
  for (const PositiveMean mean : both_means)
    for (const double t : {0.07, 0.005})
      for (const Embeddings& z : kinds(1100)) {
        SCOPED_TRACE(fmt::format("{} at {}, mean {}", z.name, t, static_cast<int>(mean)));
        expect_near(z, t, mean);
      }
}

TEST(MultiPositive, TheGradientOfTauKeepsItsPlacesWhereScoresAreNearlyAlike) {
  for (const std::int64_t n : {64, 300})
    for (const double t : {0.004, 0.07, 10.0}) {
      at::manual_seed(7);
      const at::Tensor middle = at::randn({1, 64});
      const Embeddings z{"collapsed", middle + 1e-2 * at::randn({n, 64}),
                         middle + 1e-2 * at::randn({n, 64})};
      SCOPED_TRACE(fmt::format("{} samples at {}", n, t));
      for (const PositiveMean mean : both_means) {
        const at::Tensor groups = partly_labelled(n, 5);
        const Answer truth = answer(z, t, at::kDouble, reference(groups, mean));
        const Answer ours = answer(z, t, at::kFloat, fused(groups, mean)),
                     theirs = answer(z, t, at::kFloat, plain(groups, mean));
        EXPECT_LE(error(ours.tau, truth.tau),
                  2 * error(theirs.tau, truth.tau) + 1e-4 * truth.tau.abs().item<double>());
      }
    }
}

TEST(MultiPositive, GradientsEqualFiniteDifferences) {
  at::manual_seed(3);
  const at::Tensor a = at::randn({9, 5}), b = at::randn({9, 5});
  const at::Tensor groups = torch::tensor({0, 1, 0, 2, 1, -1, 0, -1, 2}, at::kLong);
  const at::Tensor excluded = torch::tensor({{0, 2, 3}, {2, 0, 4}}, at::kLong);
  for (const PositiveMean mean : both_means) {
    const auto value = [&](const at::Tensor& x, const at::Tensor& y, double t) {
      const MultiPositiveContrast out = multi_positive_contrast_reference(
          x.to(at::kDouble), y.to(at::kDouble), groups, tau(t), excluded, mean);
      return (out.rows.loss.sum() + 3 * out.columns.loss.sum()).item<double>();
    };
    at::Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_();
    at::Tensor t = tau(0.3).requires_grad_();
    const MultiPositiveContrast out = multi_positive_contrast(x, y, groups, t, excluded, mean);
    (out.rows.loss.sum() + 3 * out.columns.loss.sum()).backward();
    const double h = 1e-5;
    const auto moved = [&](const at::Tensor& z, std::int64_t i, double by) {
      at::Tensor other = z.to(at::kDouble).clone();
      other.view(-1)[i] += by;
      return other;
    };
    for (std::int64_t i = 0; i < a.numel(); ++i) {
      const double by_a = (value(moved(a, i, h), b, 0.3) - value(moved(a, i, -h), b, 0.3)) / 2 / h,
                   by_b = (value(a, moved(b, i, h), 0.3) - value(a, moved(b, i, -h), 0.3)) / 2 / h;
      EXPECT_NEAR(x.grad().view(-1)[i].item<double>(), by_a, 2e-5 * std::abs(by_a) + 2e-5);
      EXPECT_NEAR(y.grad().view(-1)[i].item<double>(), by_b, 2e-5 * std::abs(by_b) + 2e-5);
    }
    const double by_tau = (value(a, b, 0.3 + h) - value(a, b, 0.3 - h)) / (2 * h);
    EXPECT_NEAR(t.grad().item<double>(), by_tau, 1e-4 * std::abs(by_tau));
  }
}

TEST(MultiPositive, AnAnchorWithoutNegativesLosesNothing) {
  at::manual_seed(6);
  const at::Tensor b = at::randn({4, 4}), groups = torch::tensor({3, 3, 3, -1}, at::kLong);
  const at::Tensor excluded = torch::tensor({{0}, {3}}, at::kLong);
  for (const PositiveMean mean : both_means)
    for (const double t : {0.01, 1.0}) {
      at::Tensor a = at::randn({4, 4}).requires_grad_();
      const MultiPositiveContrast out =
          multi_positive_contrast(a, b, groups, tau(t), excluded, mean);
      EXPECT_EQ(out.rows.loss[0].item<float>(), 0);
      EXPECT_EQ(out.rows.hardest[0].item<float>(), -std::numeric_limits<float>::infinity());
      EXPECT_GT(out.rows.loss[1].item<float>(), 0);
      out.rows.loss.sum().backward();
      EXPECT_EQ(a.grad()[0].abs().max().item<float>(), 0);
      EXPECT_GT(a.grad()[1].abs().max().item<float>(), 0);
      // Where all are positives, nobody has a negative.
      at::Tensor all = at::randn({4, 4}).requires_grad_();
      const MultiPositiveContrast none =
          multi_positive_contrast(all, b, at::zeros({4}, at::kLong), tau(t), {}, mean);
      EXPECT_EQ(none.rows.loss.abs().sum().item<float>(), 0);
      EXPECT_EQ(none.rows.negatives.sum().item<std::int64_t>(), 0);
      EXPECT_TRUE(std::isnan(none.negative.item<float>()));
      none.rows.loss.sum().backward();
      EXPECT_EQ(all.grad().abs().max().item<float>(), 0);
    }
}

TEST(MultiPositive, IsDifferentiableOnceAndSaysSo) {
  at::manual_seed(4);
  at::Tensor a = at::randn({8, 4}).requires_grad_();
  const at::Tensor b = at::randn({8, 4}), groups = partly_labelled(8, 2);
  EXPECT_THROW(
      torch::autograd::grad({multi_positive_contrast(a, b, groups, tau(0.1)).rows.loss.sum()}, {a},
                            {}, true, true),
      Error);
  const at::Tensor slope = torch::autograd::grad(
      {multi_positive_contrast_reference(a, b, groups, tau(0.1)).rows.loss.sum()}, {a}, {}, true,
      true)[0];
  EXPECT_TRUE(torch::autograd::grad({slope.square().sum()}, {a})[0].isfinite().all().item<bool>());
}

TEST(MultiPositive, BfloatErrsByItsRoundingOnly) {
  for (const std::int64_t n : {300, 1100}) {
    const Embeddings z = kinds(n)[0];
    const Embeddings rounded{z.name, z.a.to(at::kBFloat16), z.b.to(at::kBFloat16)};
    const at::Tensor groups = partly_labelled(n, 5);
    for (const PositiveMean mean : both_means) {
      const Answer truth = answer(rounded, 0.07, at::kDouble, reference(groups, mean));
      const Answer ours = answer(rounded, 0.07, at::kBFloat16, fused(groups, mean));
      EXPECT_LE(error(ours.loss, truth.loss), 2 * 0x1p-8 / 0.07);
      EXPECT_LE(error(ours.a, truth.a), 0.03 * truth.a.abs().max().item<double>());
      EXPECT_LE(error(ours.b, truth.b), 0.03 * truth.b.abs().max().item<double>());
      EXPECT_LE(std::abs((ours.loss - truth.loss).mean().item<double>()), 2e-3);
    }
  }
}

TEST(MultiPositive, SameThreadsSameBits) {
  for (const std::int64_t n : {700, 1100})
    for (const double t : {0.07, 0.005}) {
      const Embeddings z = kinds(n)[0];
      const Contrasting contrasting = fused(partly_labelled(n, 5), PositiveMean::outside);
      const Answer first = answer(z, t, at::kFloat, contrasting),
                   next = answer(z, t, at::kFloat, contrasting);
      EXPECT_TRUE(at::equal(first.loss, next.loss));
      EXPECT_TRUE(at::equal(first.a, next.a));
      EXPECT_TRUE(at::equal(first.b, next.b));
      EXPECT_TRUE(at::equal(first.tau, next.tau));
    }
}

TEST(MultiPositive, EveryInstructionSetGivesTheSameLosses) {
  const Embeddings z = kinds(300)[0];
  const at::Tensor groups = partly_labelled(300, 5);
  for (const PositiveMean mean : both_means) {
    const Answer truth = answer(z, 0.07, at::kDouble, reference(groups, mean)),
                 sharp = answer(z, 0.005, at::kDouble, reference(groups, mean));
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      SCOPED_TRACE(hwy::TargetName(target));
      hwy::SetSupportedTargetsForTest(target);
      const Answer ours = answer(z, 0.07, at::kFloat, fused(groups, mean));
      EXPECT_LT(error(ours.loss, truth.loss), 1e-5);
      EXPECT_LT(error(ours.a, truth.a), 1e-6);
      EXPECT_LT(error(answer(z, 0.005, at::kFloat, fused(groups, mean)).loss, sharp.loss), 1e-3);
    }
    hwy::SetSupportedTargetsForTest(0);
  }
}

/// What contrasting throws.
std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(MultiPositive, RefusesBadInputByName) {
  const at::Tensor z = at::randn({4, 3}), groups = at::zeros({4}, at::kLong);
  const auto has = [](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const at::Tensor a = z.to(type);
    const auto with = [&](const at::Tensor& given) {
      return message([&] { multi_positive_contrast(a, a, given, tau(1)); });
    };
    has(with({}), "the groups are missing; they must be int64 [4], or [4, columns]");
    has(with(groups.to(at::kInt)), "the groups are Int [4]; they must be int64 [4]");
    has(with(at::zeros({3}, at::kLong)), "the groups are Long [3]; they must be int64 [4]");
    has(with(at::zeros({4, 0}, at::kLong)), "the groups are Long [4, 0]");
    has(message([&] { multi_positive_contrast(a, a, groups, tau(-1)); }), "pulls negatives closer");
    has(message([&] {
          multi_positive_contrast(a.narrow(0, 0, 1), a.narrow(0, 0, 1), groups.narrow(0, 0, 1),
                                  tau(1));
        }),
        "the batch is 1 sample");
    has(message([&] {
          multi_positive_bank_contrast(a, a, unit(a).to(type), groups, groups.narrow(0, 0, 3),
                                       tau(1));
        }),
        "the bank's groups are Long [3]; they must be int64 [4]");
    has(message([&] {
          multi_positive_bank_contrast(a, a, unit(a).to(type), groups, at::zeros({4, 2}, at::kLong),
                                       tau(1));
        }),
        "the anchors have groups in 1 columns and the candidates in 2");
    has(message([&] {
          multi_positive_bank_contrast(a, a, 2 * unit(a).to(type), groups, groups, tau(1));
        }),
        "the bank: row 0 has length 2");
  }
}

struct BankCase {
  at::Tensor anchors = at::randn({70, 48}), positives = at::randn({70, 48});
  at::Tensor bank = unit(at::randn({1100, 48})).to(at::kFloat);
  at::Tensor groups = partly_labelled(70, 5), bank_groups = partly_labelled(1100, 5);
};

/// The fused kernel against the plain formula in float64: figures and gradients.
void expect_equal(const BankCase& c, const at::Tensor& picks, const at::Tensor& excluded, double t,
                  PositiveMean mean) {
  at::Tensor a = c.anchors.clone().requires_grad_(), p = c.positives.clone().requires_grad_();
  at::Tensor a64 = c.anchors.to(at::kDouble).requires_grad_(),
             p64 = c.positives.to(at::kDouble).requires_grad_();
  at::Tensor t32 = tau(t).requires_grad_(), t64 = tau(t).requires_grad_();
  const auto ours = multi_positive_bank_contrast(a, p, c.bank, c.groups, c.bank_groups, t32, picks,
                                                 excluded, mean);
  const auto truth = multi_positive_bank_contrast_reference(
      a64, p64, c.bank.to(at::kDouble), c.groups, c.bank_groups, t64, picks, excluded, mean);
  const at::Tensor weights = at::linspace(0.5, 1.5, 70, at::kDouble);
  (ours.anchors.loss * weights).sum().backward();
  (truth.anchors.loss * weights).sum().backward();
  const double tolerance = t >= 0.05 ? 1e-5 : 1e-5 * 0.05 / t;
  EXPECT_LT(error(ours.anchors.loss, truth.anchors.loss),
            tolerance * truth.anchors.loss.max().item<double>());
  EXPECT_LT(error(ours.anchors.k_pair, truth.anchors.k_pair),
            tolerance * truth.anchors.k_pair.max().item<double>());
  EXPECT_LT(error(ours.anchors.hardest, truth.anchors.hardest), 1e-6);
  EXPECT_TRUE(at::equal(ours.anchors.negatives, truth.anchors.negatives));
  EXPECT_LT(error(ours.positive, truth.positive), 1e-6);
  EXPECT_LT(error(ours.negative, truth.negative), 1e-6);
  EXPECT_LT(error(a.grad(), a64.grad()), tolerance * a64.grad().abs().max().item<double>());
  EXPECT_LT(error(p.grad(), p64.grad()), tolerance * p64.grad().abs().max().item<double>());
  EXPECT_LT(error(t32.grad(), t64.grad()),
            10 * tolerance * std::abs(t64.grad().item<double>()) + 1e-6);
}

TEST(MultiPositive, OfABankEqualsThePlainFormulaForEveryWayOfPicking) {
  at::manual_seed(2);
  BankCase c;
  const at::Tensor i = at::arange(70, at::kLong), own = at::stack({i, i + 300});
  const at::Tensor shared = at::randint(1100, {517}, at::kLong);
  const at::Tensor each = at::randint(1100, {70, 517}, at::kLong);
  for (const bool several : {false, true}) {
    if (several) {
      c.groups = at::stack({c.groups, i.remainder(9)}, 1);
      c.bank_groups = at::stack({c.bank_groups, at::arange(1100, at::kLong) - 1000}, 1);
    }
    for (const PositiveMean mean : both_means)
      for (const double t : {0.001, 0.01, 0.07, 1.0, 100.0}) {
        SCOPED_TRACE(
            fmt::format("τ = {}, mean {}, several {}", t, static_cast<int>(mean), several));
        expect_equal(c, {}, own, t, mean);
        expect_equal(c, shared, {}, t, mean);
        expect_equal(c, each, own, t, mean);
      }
  }
}

TEST(MultiPositive, OfABankFollowsTheSlowFormula) {
  at::manual_seed(5);
  const BankCase c;
  const at::Tensor picks = at::randint(1100, {70, 30}, at::kLong);
  const at::Tensor u = unit(c.anchors), v = unit(c.positives), bank = c.bank.to(at::kDouble);
  for (const PositiveMean mean : both_means) {
    const auto out = multi_positive_bank_contrast(c.anchors, c.positives, c.bank, c.groups,
                                                  c.bank_groups, tau(0.1), picks, {}, mean);
    for (std::int64_t i = 0; i < 70; ++i) {
      std::vector<Candidate> met;
      for (std::int64_t j = 0; j < 30; ++j) {
        const auto row = picks[i][j].item<std::int64_t>();
        met.push_back({u[i].dot(bank[row]).item<double>(),
                       share(c.groups.unsqueeze(1), i, c.bank_groups.unsqueeze(1), row)});
      }
      expect_figures(out.anchors, i, slow(u[i].dot(v[i]).item<double>(), met, 0.1, mean), 1e-5);
    }
  }
}

TEST(MultiPositive, ABfloatBankIsReadExactly) {
  at::manual_seed(4);
  BankCase c;
  c.bank = c.bank.to(at::kBFloat16);
  const at::Tensor each = at::randint(1100, {70, 30}, at::kLong);
  for (const at::Tensor& picks : {at::Tensor(), each, each[0]})
    expect_equal(c, picks, {}, 0.07, PositiveMean::outside);
}

}  // namespace
}  // namespace cmc::kernels
