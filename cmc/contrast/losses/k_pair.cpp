#include "cmc/contrast/losses/k_pair.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "cmc/contrast/losses/log_odds.h"
#include "cmc/error.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {
namespace {

/// −log [e⁺ / (e⁺ + k g)] of each anchor, g = max{(r − π⁺ e⁺)/(1 − π⁺), exp(−1/τ)}, from log(r/e⁺)
/// where it is `known`, and with g at its floor where it is not.
at::Tensor debiased(const at::Tensor& log_mean, const at::Tensor& known, const at::Tensor& positive,
                    const at::Tensor& k, const at::Tensor& temperature, double class_prior) {
  const at::Tensor log_floor = -(1 + positive) / temperature;
  // log((exp(log_mean) − π⁺)/(1 − π⁺)), where that is positive.
  const at::Tensor share = class_prior * at::exp(-log_mean.clamp_min(-60));
  const at::Tensor usable = known.logical_and(share < 1);
  const at::Tensor corrected = log_mean +
                               at::log1p(-at::where(usable, share, at::zeros_like(share))) -
                               std::log1p(-class_prior);
  const at::Tensor log_g =
      at::where(usable.logical_and(corrected > log_floor), corrected, log_floor);
  const at::Tensor log_k = at::log(k.to(log_mean.scalar_type()));
  return at::where(k > 0, kernels::softplus(log_k.clamp_min(0) + log_g), at::zeros_like(log_mean));
}

/// The scores with hardness β > 0: both sums over the negatives at temperatures of their own.
std::vector<DirectionScores> hard_scores(const KPairOptions& options, const Candidates& candidates,
                                         const at::Tensor& temperature) {
  const double beta = options.hardness;
  const std::vector<LogOdds> sharpened = log_odds(candidates, temperature / (1 + beta)),
                             weights = log_odds(candidates, temperature / beta);
  std::vector<LogOdds> plain;
  if (beta != 1) {
    const at::NoGradGuard no_grad;
    plain = log_odds(candidates, temperature);
  }
  std::vector<DirectionScores> directions;
  for (std::size_t d = 0; d < sharpened.size(); ++d)
    directions.push_back(
        {.per_anchor = hard_k_pair(sharpened[d].log_odds, weights[d].log_odds,
                                   sharpened[d].statistics.positive, candidates.counts, temperature,
                                   options.class_prior),
         .statistics = (beta == 1 ? weights : plain)[d].statistics});
  return directions;
}

}  // namespace

void check_options(const KPairOptions& options) {
  check(options.class_prior >= 0 && options.class_prior < 1,
        "the class prior is {}; it is a probability in [0, 1), such as 1 / number of classes",
        options.class_prior);
  check(std::isfinite(options.hardness) && options.hardness >= 0,
        "the hardness β is {}; it must be finite and at least 0, which weighs all negatives alike",
        options.hardness);
}

std::vector<DirectionScores> score(const KPairOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  if (options.hardness > 0) return hard_scores(options, candidates, temperature);
  std::vector<DirectionScores> directions;
  for (auto& [odds, statistics] : log_odds(candidates, temperature)) {
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
  return debiased(log_mean, known, positive, k, temperature, class_prior);
}

at::Tensor hard_k_pair(const at::Tensor& sharpened, const at::Tensor& weights,
                       const at::Tensor& positive, const at::Tensor& k,
                       const at::Tensor& temperature, double class_prior) {
  check_options(KPairOptions{.class_prior = class_prior});
  const at::Tensor known = k > 0;
  const auto finite = [&](const at::Tensor& odds) {
    return at::where(known, odds, at::zeros_like(odds));
  };
  return debiased(finite(sharpened) - finite(weights), known, positive, k, temperature,
                  class_prior);
}

}  // namespace cmc::contrast
