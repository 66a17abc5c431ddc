#include "cmc/contrast/losses/multi_positive.h"

#include <ATen/ATen.h>

namespace cmc::contrast {
namespace {

DirectionScores of_side(const kernels::MultiPositiveLosses& losses, const at::Tensor& positive,
                        const at::Tensor& negative) {
  return {.per_anchor = losses.loss,
          .statistics = {.k_pair = losses.k_pair,
                         .positive = positive,
                         .hardest = losses.hardest,
                         .counts = losses.negatives,
                         .negative = negative}};
}

}  // namespace

std::vector<DirectionScores> score(const MultiPositiveOptions& options,
                                   const Candidates& candidates, const at::Tensor& temperature,
                                   LossState& /*state*/) {
  const PositiveCandidates& shared = candidates.shared;
  if (candidates.both_directions()) {
    const auto both =
        kernels::multi_positive_contrast(candidates.anchors, candidates.positives, shared.anchors,
                                         temperature, candidates.excluded, options.mean);
    return {of_side(both.rows, both.positive, both.negative),
            of_side(both.columns, both.positive, both.negative)};
  }
  const auto one = kernels::multi_positive_bank_contrast(
      candidates.anchors, candidates.positives, candidates.vectors, shared.anchors, shared.vectors,
      temperature, candidates.picks, candidates.excluded, options.mean);
  return {of_side(one.anchors, one.positive, one.negative)};
}

}  // namespace cmc::contrast
