#include "cmc/kernels/reference/score_sums.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "cmc/error.h"
#include "cmc/kernels/reference/score_chunks.h"
#include "tests/kernels/answer.h"

namespace cmc::kernels {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

at::Tensor unit(std::int64_t n, std::int64_t dim) {
  const at::Tensor z = at::randn({n, dim}, at::kDouble);
  return z / z.norm(2, 1, true);
}
/// Sums of whole rows and columns of log odds that are −∞ where a pair is no negative.
at::Tensor whole(ScoreSum kind, const at::Tensor& odds, std::int64_t dim) {
  return kind == ScoreSum::log_sum_exp ? at::logsumexp(odds, dim)
                                       : at::log1p(at::exp(odds)).sum(dim);
}

struct Inputs {
  at::Tensor anchors, candidates, tau, bias;

  Inputs(const at::Tensor& a, const at::Tensor& b)
      : anchors(a.clone().requires_grad_()),
        candidates(b.clone().requires_grad_()),
        tau(at::full({}, 0.2, at::kDouble).requires_grad_()),
        bias(at::full({}, -3.0, at::kDouble).requires_grad_()) {}
};

void expect_alike(const Inputs& ours, const Inputs& truth) {
  const auto near = [](const at::Tensor& x, const at::Tensor& y) {
    EXPECT_LE(error(x.grad(), y.grad()), 1e-11 * y.grad().abs().max().item<double>());
  };
  near(ours.anchors, truth.anchors);
  near(ours.tau, truth.tau);
  near(ours.bias, truth.bias);
  if (truth.candidates.grad().defined()) near(ours.candidates, truth.candidates);
}

TEST(ScoreSums, OfSeveralChunksAreThoseOfAllScores) {
  at::manual_seed(1);
  constexpr std::int64_t n = 2500;
  const at::Tensor a = unit(n, 6), b = unit(n, 6);
  // The last anchor's pairs, in the last chunk, and the first's are left out, some twice.
  const at::Tensor i = at::arange(n, at::kLong);
  const at::Tensor excluded = at::cat({at::stack({at::full({n}, n - 1, at::kLong), i}),
                                       torch::tensor({{0, 0, 0}, {7, 9, 7}}, at::kLong)},
                                      1);
  ASSERT_GT(n, ScoreChunks(a, b, at::empty({0}, at::kLong), excluded, true).rows_at_once());
  for (const ScoreSum kind : {ScoreSum::log_sum_exp, ScoreSum::softplus}) {
    Inputs ours(a, b), truth(a, b);
    const ScoreSums sums = score_sums(kind,
                                      {.anchors = ours.anchors,
                                       .candidates = ours.candidates,
                                       .excluded = excluded,
                                       .symmetric = true},
                                      ours.tau, ours.bias);
    at::Tensor mask = at::eye(n, at::kBool);
    mask.index_put_({excluded[0], excluded[1]}, at::ones({}, at::kBool));
    const at::Tensor scores = truth.anchors.matmul(truth.candidates.t());
    const at::Tensor odds = (scores / truth.tau + truth.bias).masked_fill(mask, -1e30);
    const at::Tensor rows = whole(kind, odds, 1), columns = whole(kind, odds, 0);
    EXPECT_LE(error(sums.rows.narrow(0, 0, n - 1), rows.narrow(0, 0, n - 1)), 1e-11);
    EXPECT_EQ(sums.rows[n - 1].item<double>(), kind == ScoreSum::softplus ? 0 : -infinity);
    EXPECT_LE(error(sums.columns, columns), 1e-11);
    const at::Tensor left = scores.detach().masked_fill(mask, -infinity);
    EXPECT_TRUE(at::equal(sums.hardest_rows, left.amax(1)));
    EXPECT_TRUE(at::equal(sums.hardest_columns, left.amax(0)));
    EXPECT_NEAR(sums.negative.item<double>(),
                scores.detach().masked_select(mask.logical_not()).mean().item<double>(), 1e-14);
    at::Tensor weights = at::linspace(-1, 2, n, at::kDouble);
    weights[n - 1] = 0;
    ((sums.rows * weights).narrow(0, 0, n - 1).sum() + (sums.columns * weights).sum()).backward();
    ((rows * weights).sum() + (columns * weights).sum()).backward();
    expect_alike(ours, truth);
  }
}

TEST(ScoreSums, OfOwnPicksAreThoseOfGatheredScores) {
  at::manual_seed(2);
  constexpr std::int64_t n = 2000, count = 3000;
  const at::Tensor a = unit(count, 5), b = unit(n, 5);
  const at::Tensor picks = at::randint(n, {count, 20}, at::kLong);
  picks.select(1, 3).copy_(picks.select(1, 4));  // one row twice counts twice
  ASSERT_GT(count, ScoreChunks(a, b, picks, at::empty({0}, at::kLong), false).rows_at_once());
  for (const ScoreSum kind : {ScoreSum::log_sum_exp, ScoreSum::softplus}) {
    Inputs ours(a, b), truth(a, b);
    const ScoreSums sums = score_sums(
        kind, {.anchors = ours.anchors, .candidates = b, .picks = picks}, ours.tau, ours.bias);
    EXPECT_FALSE(sums.columns.defined());
    const at::Tensor scores = truth.anchors.matmul(b.t()).gather(1, picks);
    const at::Tensor rows = whole(kind, scores / truth.tau + truth.bias, 1);
    EXPECT_LE(error(sums.rows, rows), 1e-12);
    EXPECT_NEAR(sums.negative.item<double>(), scores.mean().item<double>(), 1e-14);
    sums.rows.square().sum().backward();
    rows.square().sum().backward();
    expect_alike(ours, truth);
  }
}

TEST(ScoreSums, RefusesPairsThatLeaveNone) {
  const at::Tensor a = at::eye(2, at::kDouble), tau = at::ones({}, at::kDouble);
  const auto message = [&](const at::Tensor& excluded) -> std::string {
    try {
      score_sums(ScoreSum::softplus,
                 {.anchors = a, .candidates = a, .excluded = excluded, .symmetric = true}, tau);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_EQ(message(torch::tensor({{0, 1}, {1, 0}}, at::kLong)),
            "there is no candidate negative: the excluded pairs leave none");
  EXPECT_EQ(message(torch::tensor({{0, 0, 0}, {1, 1, 0}}, at::kLong)), "nothing was thrown");
  EXPECT_EQ(message(torch::tensor({{2}, {0}}, at::kLong)),
            "an excluded pair names row 2, which is not in 0 … 1");
}

}  // namespace
}  // namespace cmc::kernels
