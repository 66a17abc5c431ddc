#include "cmc/contrast/losses/parts.h"

#include <ATen/ATen.h>

#include <limits>

#include "cmc/distributed/gather.h"
#include "cmc/distributed/process_group.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {
namespace {

constexpr double none = -std::numeric_limits<double>::infinity();

/// Pairs of an anchor and a negative in this part.
std::int64_t pairs_here(const Candidates& candidates) {
  const std::int64_t width =
      candidates.picks.defined() ? candidates.picks.size(-1) : candidates.vectors.size(0);
  const std::int64_t excluded = candidates.excluded.defined() ? candidates.excluded.size(1) : 0;
  return candidates.anchors.size(0) * width - excluded;
}

}  // namespace

bool has_negatives_here(const Candidates& candidates) {
  return pairs_here(candidates) > 0;
}

std::array<at::Tensor, 3> shared_out(const Candidates& candidates, const at::Tensor& temperature) {
  return distributed::shared_out(*candidates.group, candidates.anchors, candidates.positives,
                                 temperature);
}

at::Tensor nothing_of(const std::array<at::Tensor, 3>& shared) {
  return (shared[0].select(1, 0) + shared[1].select(1, 0)).to(at::kFloat) * 0 +
         shared[2].to(at::kFloat) * 0;
}

at::Tensor positives_of(const Candidates& candidates) {
  return (kernels::scaled_rows(candidates.anchors) * kernels::scaled_rows(candidates.positives))
      .sum(1)
      .to(at::kFloat);
}

at::Tensor hardest_of_parts(const Candidates& candidates, const at::Tensor& hardest) {
  return candidates.group->all_gather(hardest.detach().contiguous()).amax(0);
}

at::Tensor negative_of_parts(const Candidates& candidates, const at::Tensor& negative) {
  const at::Tensor pairs = at::full({}, static_cast<double>(pairs_here(candidates)), at::kDouble);
  const at::Tensor sums = at::stack({negative.detach().to(at::kDouble) * pairs, pairs});
  candidates.group->all_reduce(sums);
  return sums[0] / sums[1].clamp_min(1);
}

LogOdds log_odds_of_parts(const Candidates& candidates, const at::Tensor& temperature) {
  const std::array<at::Tensor, 3> shared = shared_out(candidates, temperature);
  at::Tensor part, hardest, negative;
  if (has_negatives_here(candidates)) {
    const auto own = kernels::bank_contrast(shared[0], shared[1], candidates.vectors, shared[2],
                                            candidates.picks, candidates.excluded);
    part = own.log_odds;
    hardest = own.hardest;
    negative = own.negative;
  } else {
    part = nothing_of(shared) + none;
    hardest = at::full_like(part, none);
    negative = at::zeros({}, at::kDouble);
  }
  LogOdds all{.log_odds = distributed::log_sum_exp(*candidates.group, part), .statistics = {}};
  all.statistics = {.k_pair = kernels::softplus(all.log_odds),
                    .positive = positives_of(candidates),
                    .hardest = hardest_of_parts(candidates, hardest),
                    .counts = candidates.counts,
                    .negative = negative_of_parts(candidates, negative)};
  return all;
}

}  // namespace cmc::contrast
