#include "cmc/information/sample_influence.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::information {
namespace {

constexpr std::int64_t influence_rows = 512;

/// From each anchor's loss and each sample's Σ_{i≠j} p_ij.
at::Tensor influences(const at::Tensor& losses, const at::Tensor& as_negative) {
  const auto k = static_cast<double>(losses.size(0) - 1);
  const at::Tensor missed = -at::expm1(-losses);  // 1 − e^{−ℓ}: what an anchor gives to negatives
  return losses + as_negative - (missed.sum() - missed) / k;
}

}  // namespace

SampleInfluence sample_influence(const at::Tensor& a, const at::Tensor& b, double temperature) {
  const at::NoGradGuard no_grad;
  const kernels::SymmetricContrast contrast =
      kernels::contrast(a, b, at::full({}, temperature, at::kDouble));
  const at::Tensor x = kernels::unit_rows(a, "a") / temperature, y = kernels::unit_rows(b, "b");
  const std::int64_t n = x.size(0);
  // The logarithm of an anchor's softmax denominator, from the loss that the kernel gave.
  const at::Tensor positive = (x * y).sum(1);
  const at::Tensor row_sums = contrast.rows + positive, column_sums = contrast.columns + positive;
  at::Tensor as_candidate = at::zeros({n}, at::kDouble), as_anchor = at::empty({n}, at::kDouble);
  for (std::int64_t begin = 0; begin < n; begin += influence_rows) {
    const std::int64_t rows = std::min(influence_rows, n - begin);
    at::Tensor scores = at::mm(x.narrow(0, begin, rows), y.t());
    scores.diagonal(begin).narrow(0, 0, rows).fill_(-std::numeric_limits<double>::infinity());
    const at::Tensor by_row = (scores - row_sums.narrow(0, begin, rows).unsqueeze(1)).exp_();
    as_candidate += by_row.sum(0, false, at::kDouble);
    const at::Tensor by_column = scores.sub_(column_sums.unsqueeze(0)).exp_();
    as_anchor.narrow(0, begin, rows).copy_(by_column.sum(1, false, at::kDouble));
  }
  return {influences(contrast.rows.to(at::kDouble), as_candidate),
          influences(contrast.columns.to(at::kDouble), as_anchor)};
}

}  // namespace cmc::information
