#include "cmc/contrast/losses/tuple_sums.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace cmc::contrast {
namespace {

at::Tensor leaf(at::IntArrayRef sizes) {
  return (0.5 * at::randn(sizes, at::kDouble)).requires_grad_();
}

struct Plain {
  at::Tensor log_sum, hardest, total;
};

/// The same with all scores in memory.
Plain plain(const at::Tensor& x, const at::Tensor& left, const at::Tensor& right,
            const at::Tensor& excluded, const at::Tensor& tau) {
  at::Tensor scores = at::einsum("id,qd,pd->iqp", {x, right, left}).reshape({x.size(0), -1});
  const at::Tensor out = at::zeros_like(scores).to(at::kBool).scatter(1, excluded, 1);
  return {at::logsumexp((scores / tau).masked_fill(out, -1e30), 1),
          scores.masked_fill(out, -1e30).amax(1), scores.masked_fill(out, 0).sum()};
}

void expect_like_plain(std::int64_t anchors, std::int64_t p, std::int64_t q,
                       const at::Tensor& excluded) {
  at::Tensor x = leaf({anchors, 5}), left = leaf({p, 5});
  at::Tensor right = q > 0 ? leaf({q, 5}) : at::Tensor();
  at::Tensor tau = at::full({}, 0.3, at::kDouble).requires_grad_();
  const at::Tensor weights = at::rand({anchors}, at::kDouble);
  const auto gradients = [&](const at::Tensor& log_sum) {
    std::vector<at::Tensor> leaves = {x, left, tau};
    if (q > 0) leaves.push_back(right);
    for (at::Tensor& each : leaves) each.mutable_grad() = at::Tensor();
    (log_sum * weights).sum().backward();
    std::vector<at::Tensor> result;
    for (const at::Tensor& each : leaves) result.push_back(each.grad().clone());
    return result;
  };
  const TupleSums sums = tuple_sums(x, left, right, excluded, tau);
  const Plain slow = plain(x, left, q > 0 ? right : at::ones({1, 5}, at::kDouble), excluded, tau);
  EXPECT_TRUE(at::allclose(sums.log_sum, slow.log_sum, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(sums.hardest, slow.hardest, 1e-12, 1e-12));
  EXPECT_NEAR(sums.total.item<double>(), slow.total.item<double>(), 1e-9);
  const auto ours = gradients(sums.log_sum), theirs = gradients(slow.log_sum);
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-10, 1e-12)) << "gradient " << i;
}

TEST(TupleSums, AreThoseOfAllScoresAndSoAreTheirGradients) {
  at::manual_seed(1);
  expect_like_plain(
      7, 9, 0, torch::tensor({{0, 4}, {1, 5}, {2, 6}, {3, 7}, {4, 8}, {5, 0}, {6, 1}}, at::kLong));
  expect_like_plain(3, 4, 6, torch::tensor({{0}, {9}, {23}}, at::kLong));
}

TEST(TupleSums, AreTheSameInSeveralBlocks) {
  at::manual_seed(2);
  // 40 anchors with 40,000 tuples each: 26 anchors a block.
  expect_like_plain(40, 200, 200, at::arange(40, at::kLong).unsqueeze(1) * 201);
}

TEST(TupleSums, KeepAnExcludedScoreThatLeavesExpsRangeOutOfTheGradient) {
  at::Tensor x = at::ones({1, 2}).requires_grad_();
  const at::Tensor left = torch::tensor({{0.5f, 0.5f}, {-0.5f, -0.5f}, {-0.5f, 0.5f}});
  const TupleSums sums =
      tuple_sums(x, left, {}, at::zeros({1, 1}, at::kLong), at::full({}, 0.001f));
  sums.log_sum.sum().backward();
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
  EXPECT_FLOAT_EQ(sums.hardest.item<float>(), 0);
}

}  // namespace
}  // namespace cmc::contrast
