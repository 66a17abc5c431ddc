#include "cmc/contrast/losses/nt_xent.h"

#include <ATen/ATen.h>

#include "cmc/kernels/contrast.h"

namespace cmc::contrast {

std::vector<DirectionScores> score(const NtXentOptions& /*options*/, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  // Rows (a, b) against columns (b, a): row i's positive is column i, and it meets every embedding
  // of both views but itself, which is column i + N.
  const at::Tensor &a = candidates.anchors, &b = candidates.positives;
  const std::int64_t n = a.size(0);
  const at::Tensor i = at::arange(n, at::kLong);
  at::Tensor places = at::cat({at::stack({i, i + n}), at::stack({i + n, i})}, 1);
  if (const at::Tensor& apart = candidates.excluded; apart.defined()) {
    const at::Tensor r = apart[0], c = apart[1];
    places = at::cat({places, apart, apart + n, at::stack({r, c + n}), at::stack({r + n, c})}, 1);
  }
  const auto both =
      kernels::contrast(at::cat({a, b}), at::cat({b, a}), temperature, places, candidates.group);
  const auto half = [&](std::int64_t from) {
    const auto part = [&](const at::Tensor& values) { return values.narrow(0, from, n); };
    return DirectionScores{.per_anchor = part(both.rows),
                           .statistics = {.k_pair = part(both.rows),
                                          .positive = part(both.positive),
                                          .hardest = part(both.hardest_rows),
                                          .counts = 2 * candidates.counts,
                                          .negative = both.negative}};
  };
  return {half(0), half(n)};
}

}  // namespace cmc::contrast
