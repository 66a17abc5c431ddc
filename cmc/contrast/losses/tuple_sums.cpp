#include "cmc/contrast/losses/tuple_sums.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "cmc/error.h"

namespace cmc::contrast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Scores of a block: 4 MiB in float32, which a core's cache holds.
constexpr std::int64_t block_scores = std::int64_t{1} << 20;

/// Calls visit(first, rows) for blocks of anchors.
template <class Visit>
void over_blocks(std::int64_t anchors, std::int64_t tuples, const Visit& visit) {
  const std::int64_t rows = std::max<std::int64_t>(1, block_scores / tuples);
  for (std::int64_t first = 0; first < anchors; first += rows)
    visit(first, std::min(rows, anchors - first));
}

/// The anchors times each row of `right`: [rows · q, D].
at::Tensor times_right(const at::Tensor& anchors, const at::Tensor& right) {
  if (!right.defined()) return anchors;
  return (anchors.unsqueeze(1) * right.unsqueeze(0)).view({-1, anchors.size(1)});
}

class TupleSumsFunction : public torch::autograd::Function<TupleSumsFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const at::Tensor& anchors,
                               const at::Tensor& left, const c10::optional<at::Tensor>& right_rows,
                               const at::Tensor& excluded, const at::Tensor& temperature) {
    const at::Tensor right = right_rows.value_or(at::Tensor());
    const std::int64_t count = anchors.size(0);
    const std::int64_t tuples = left.size(0) * (right.defined() ? right.size(0) : 1);
    const at::Tensor log_sum = at::empty({count}, anchors.options()),
                     hardest = at::empty({count}, anchors.options()),
                     total = at::zeros({}, anchors.options().dtype(at::kDouble));
    over_blocks(count, tuples, [&](std::int64_t first, std::int64_t rows) {
      const at::Tensor out = excluded.narrow(0, first, rows);
      at::Tensor scores =
          times_right(anchors.narrow(0, first, rows), right).mm(left.t()).view({rows, tuples});
      total.add_(scores.sum(at::kDouble) - scores.gather(1, out).sum(at::kDouble));
      scores.scatter_(1, out, -std::numeric_limits<double>::infinity());
      hardest.narrow(0, first, rows).copy_(scores.amax(1));
      log_sum.narrow(0, first, rows).copy_(at::logsumexp(scores.div_(temperature), 1));
    });
    ctx->save_for_backward({anchors, left, right, excluded, temperature, log_sum});
    ctx->mark_non_differentiable({hardest, total});
    return {log_sum, hardest, total};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    check(!at::GradMode::is_enabled(), "a loss over tuples of views is differentiable once");
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &anchors = saved[0], &left = saved[1], &right = saved[2], &excluded = saved[3],
                     &temperature = saved[4], &log_sum = saved[5];
    const std::int64_t count = anchors.size(0), p = left.size(0);
    const std::int64_t q = right.defined() ? right.size(0) : 1;
    const at::Tensor by_anchors = at::empty_like(anchors), by_left = at::zeros_like(left);
    const at::Tensor by_right = right.defined() ? at::zeros_like(right) : at::Tensor();
    const at::Tensor by_tau = at::zeros({}, anchors.options().dtype(at::kDouble));
    over_blocks(count, q * p, [&](std::int64_t first, std::int64_t rows) {
      const at::Tensor x = anchors.narrow(0, first, rows);
      const at::Tensor product = times_right(x, right);
      const at::Tensor scores = product.mm(left.t()).view({rows, q * p});
      // Gradient of each score: softmax · g/τ. An excluded one may leave exp's range, and is set
      // to 0.
      at::Tensor shares = (scores / temperature)
                              .sub_(log_sum.narrow(0, first, rows).unsqueeze(1))
                              .exp_()
                              .mul_(gradients[0].narrow(0, first, rows).unsqueeze(1) / temperature);
      shares.scatter_(1, excluded.narrow(0, first, rows), 0);
      by_tau.sub_((shares * scores).sum(at::kDouble) / temperature);
      shares = shares.view({rows * q, p});
      by_left.addmm_(shares.t(), product);
      const at::Tensor by_product = shares.mm(left);
      if (!right.defined()) {
        by_anchors.narrow(0, first, rows).copy_(by_product);
        return;
      }
      const at::Tensor each = by_product.view({rows, q, -1});
      by_anchors.narrow(0, first, rows).copy_((each * right).sum(1));
      by_right.add_((each * x.unsqueeze(1)).sum(0));
    });
    return {by_anchors, by_left, by_right, at::Tensor(),
            by_tau.to(temperature.scalar_type()).to(temperature.device())};
  }
};

}  // namespace

TupleSums tuple_sums(const at::Tensor& anchors, const at::Tensor& left, const at::Tensor& right,
                     const at::Tensor& excluded, const at::Tensor& temperature) {
  const c10::optional<at::Tensor> right_rows =
      right.defined() ? c10::optional<at::Tensor>(right.contiguous()) : c10::nullopt;
  const variable_list sums = TupleSumsFunction::apply(anchors.contiguous(), left.contiguous(),
                                                      right_rows, excluded, temperature);
  return {sums[0], sums[1], sums[2]};
}

}  // namespace cmc::contrast
