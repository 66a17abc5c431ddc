#include "cmc/contrast/losses/k_pair.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {
namespace {

/// The statistics whose k-pair values are differentiable, of each direction.
std::vector<ScoreStatistics> fused_statistics(const Candidates& candidates,
                                              const at::Tensor& temperature) {
  const at::Tensor &anchors = candidates.anchors, &positives = candidates.positives,
                   &excluded = candidates.excluded, &counts = candidates.counts;
  if (candidates.both_directions()) {
    const auto both = kernels::contrast(anchors, positives, temperature, excluded);
    const auto negative = both.negative.item<double>();
    return {{both.rows, both.positive, both.hardest_rows, counts, negative},
            {both.columns, both.positive, both.hardest_columns, counts, negative}};
  }
  const auto one = kernels::bank_contrast(anchors, positives, candidates.vectors, temperature,
                                          candidates.picks, excluded);
  return {{one.loss, one.positive, one.hardest, counts, one.negative.item<double>()}};
}

}  // namespace

void check_options(const KPairOptions& options) {
  check(options.class_prior >= 0 && options.class_prior < 1,
        "the class prior is {}; it is a probability in [0, 1), such as 1 / number of classes",
        options.class_prior);
}

std::vector<DirectionScores> score(const KPairOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  std::vector<DirectionScores> directions;
  for (ScoreStatistics& statistics : fused_statistics(candidates, temperature)) {
    DirectionScores& direction = directions.emplace_back();
    direction.per_anchor =
        options.class_prior > 0
            ? debiased_k_pair(statistics.k_pair, statistics.positive, statistics.counts,
                              temperature, options.class_prior)
            : statistics.k_pair;
    direction.statistics = std::move(statistics);
  }
  return directions;
}

at::Tensor k_pair(const Similarities& similarities, const at::Tensor& temperature) {
  // A large finite number, not −∞, keeps the gradient of an anchor without negatives at zero.
  const at::Tensor others = at::logsumexp(masked_negatives(similarities, -1e30) / temperature, 1);
  return kernels::softplus(others - similarities.positive / temperature);
}

at::Tensor debiased_k_pair(const at::Tensor& loss, const at::Tensor& positive, const at::Tensor& k,
                           const at::Tensor& temperature, double class_prior) {
  check_options(KPairOptions{.class_prior = class_prior});
  // Everything is relative to e⁺ and in logarithms: log(Σ e⁻/e⁺) = L + log(1 − exp(−L)).
  const at::Tensor known = loss > 0;
  const at::Tensor safe = at::where(known, loss, at::ones_like(loss));
  const at::Tensor log_mean =
      safe + at::log(-at::expm1(-safe)) - at::log(k.clamp_min(1).to(loss.scalar_type()));
  const at::Tensor log_floor = -(1 + positive) / temperature;
  // log((exp(log_mean) − π⁺)/(1 − π⁺)), where that is positive.
  const at::Tensor share = class_prior * at::exp(-log_mean.clamp_min(-60));
  const at::Tensor usable = known.logical_and(share < 1);
  const at::Tensor corrected = log_mean +
                               at::log1p(-at::where(usable, share, at::zeros_like(share))) -
                               std::log1p(-class_prior);
  const at::Tensor log_g =
      at::where(usable.logical_and(corrected > log_floor), corrected, log_floor);
  const at::Tensor log_k = at::log(k.to(loss.scalar_type()));
  return at::where(k > 0, kernels::softplus(log_k.clamp_min(0) + log_g), at::zeros_like(loss));
}

}  // namespace cmc::contrast
