#include "cmc/distributed/gather.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/distributed/processes.h"

namespace cmc::distributed {
namespace {

/// [6, 3] of any numbers.
at::Tensor rows() {
  return at::sin(at::arange(18, at::kDouble)).reshape({6, 3});
}

/// Any function of all rows in which they meet.
at::Tensor loss_of(const at::Tensor& anchors, const at::Tensor& all) {
  return at::logsumexp(anchors.matmul(all.t()), 1).square().sum();
}

TEST(Gather, SumsTheGradientsOfAllProcesses) {
  const at::Tensor whole = rows().requires_grad_();
  loss_of(whole, whole).backward();
  run_processes(3, [&](ProcessGroup& group) {
    const at::Tensor own = rows().narrow(0, 2 * group.rank(), 2).clone().requires_grad_();
    loss_of(own, gathered(group, own)).backward();
    EXPECT_TRUE(at::allclose(own.grad(), whole.grad().narrow(0, 2 * group.rank(), 2), 1e-12));
  });
}

TEST(Gather, SharesOutWhatAllHold) {
  const at::Tensor whole = rows().requires_grad_();
  loss_of(whole, whole).backward();
  run_processes(2, [&](ProcessGroup& group) {
    const at::Tensor all = rows().requires_grad_();
    const at::Tensor unused = at::ones({2}, at::kDouble).requires_grad_();
    const auto [parts, other, constant] = shared_out(group, all, unused, at::ones({}));
    at::Tensor own = loss_of(parts.narrow(0, 3 * group.rank(), 3), parts);
    if (group.rank() == 1) own = own + other.sum();
    const at::Tensor loss = summed(group, own);
    loss.backward();
    EXPECT_TRUE(at::allclose(all.grad(), whole.grad(), 1e-12));
    EXPECT_TRUE(at::equal(unused.grad(), at::ones({2}, at::kDouble)));
    EXPECT_NEAR(loss.item<double>(), loss_of(whole, whole).item<double>() + 2, 1e-12);
  });
}

TEST(Gather, JoinsColumns) {
  const at::Tensor whole = rows();
  run_processes(3, [&](ProcessGroup& group) {
    const std::int64_t first = group.rank(), count = group.rank() == 1 ? 0 : 1;
    const at::Tensor own = whole.narrow(1, first, count).clone().requires_grad_();
    const at::Tensor joined = joined_columns(group, own);
    EXPECT_TRUE(at::equal(joined, whole.index_select(1, at::tensor({0, 2}, at::kLong))));
    (joined * joined).sum().backward();
    EXPECT_TRUE(at::allclose(own.grad(), 2 * own.detach()));
  });
}

TEST(Gather, AddsUpExponentials) {
  const double none = -std::numeric_limits<double>::infinity();
  const at::Tensor scores =
      at::tensor({1.0, none, 3.0, none, 0.5, none}, at::kDouble).reshape({3, 2});
  const at::Tensor whole = scores.clone().requires_grad_();
  const at::Tensor weight = at::tensor({2.0, 0.0}, at::kDouble);
  const at::Tensor expected = at::logsumexp(whole.select(1, 0), 0);
  (expected * 2).backward();
  run_processes(3, [&](ProcessGroup& group) {
    const at::Tensor part = scores[group.rank()].clone().requires_grad_();
    const at::Tensor sum = log_sum_exp(group, part);
    EXPECT_NEAR(sum[0].item<double>(), expected.item<double>(), 1e-12);
    EXPECT_EQ(sum[1].item<double>(), none);
    sum.backward(weight);
    EXPECT_NEAR(part.grad()[0].item<double>(), whole.grad()[group.rank()][0].item<double>(), 1e-12);
    EXPECT_EQ(part.grad()[1].item<double>(), 0);
  });
}

}  // namespace
}  // namespace cmc::distributed
