#include "cmc/contrast/losses/logistic.h"

#include <ATen/ATen.h>

#include "cmc/contrast/losses/score_each.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {

std::vector<DirectionScores> score(const LogisticOptions& /*options*/, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  return score_each(candidates, temperature,
                    [&](const Similarities& similarities, const ViewPair&) {
                      return DirectionScores{.per_anchor = logistic_nce(similarities, temperature)};
                    });
}

at::Tensor logistic_nce(const Similarities& similarities, const at::Tensor& temperature) {
  const at::Tensor positive = kernels::softplus(-similarities.positive / temperature);
  const at::Tensor negative =
      sum_negatives(similarities, kernels::softplus(similarities.negative / temperature));
  return zero_without_negatives(similarities, positive + negative);
}

}  // namespace cmc::contrast
