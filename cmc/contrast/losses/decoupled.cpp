#include "cmc/contrast/losses/decoupled.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "cmc/contrast/losses/log_odds.h"
#include "cmc/error.h"

namespace cmc::contrast {

void check_options(const DecoupledOptions& options) {
  check(std::isfinite(options.weight_sigma) && options.weight_sigma >= 0,
        "σ of the decoupled loss's weights is {}; it must be positive, such as 0.5, or 0 for none",
        options.weight_sigma);
}

std::vector<DirectionScores> score(const DecoupledOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  std::vector<DirectionScores> directions;
  for (LogOdds& one : log_odds(candidates, temperature)) {
    // The weights are relative to the anchors' mean, candidates alone left out.
    const std::int64_t anchors = candidates.anchoring.value_or(one.log_odds.size(0));
    const at::Tensor loss =
        decoupled(one.log_odds.narrow(0, 0, anchors), one.statistics.positive.narrow(0, 0, anchors),
                  temperature, options.weight_sigma);
    directions.push_back({.per_anchor = loss, .statistics = std::move(one.statistics)});
  }
  return directions;
}

at::Tensor decoupled(const at::Tensor& log_odds, const at::Tensor& positive,
                     const at::Tensor& temperature, double weight_sigma) {
  at::Tensor loss = log_odds;
  if (weight_sigma > 0)
    loss = loss + (1 - positive_weights(positive, weight_sigma)) * positive / temperature;
  return at::where(log_odds.isinf(), at::zeros_like(loss), loss);
}

at::Tensor positive_weights(const at::Tensor& positive, double sigma) {
  const auto count = static_cast<double>(positive.size(0));
  return 2 - count * at::softmax(positive.detach() / sigma, 0);
}

}  // namespace cmc::contrast
