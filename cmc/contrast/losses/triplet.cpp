#include "cmc/contrast/losses/triplet.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/contrast/losses/score_each.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

/// The chosen negative similarity of each anchor, [A].
at::Tensor mined(const Similarities& similarities, Mining mining) {
  constexpr double below_all = -4, above_all = 4;
  at::Tensor nearest = masked_negatives(similarities, below_all).amax(1);
  if (mining == Mining::hardest) return nearest;
  const at::Tensor positive = similarities.positive.detach().unsqueeze(1);
  const at::Tensor nearer = similarities.negative.detach() >= positive;
  const at::Tensor farther =
      masked_negatives(similarities, below_all).masked_fill(nearer, below_all).amax(1);
  const at::Tensor farthest = masked_negatives(similarities, above_all).amin(1);
  return at::where(farther.detach() > below_all / 2, farther, farthest);
}

}  // namespace

void check_options(const TripletOptions& options) {
  check(std::isfinite(options.margin) && options.margin > 0,
        "the triplet margin is {}; it must be finite and positive, or a collapsed encoder has no "
        "loss",
        options.margin);
}

std::vector<DirectionScores> score(const TripletOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  return score_each(candidates, temperature,
                    [&](const Similarities& similarities, const ViewPair&) {
                      return DirectionScores{.per_anchor = triplet(similarities, options)};
                    });
}

at::Tensor triplet(const Similarities& similarities, const TripletOptions& options) {
  check_options(options);
  at::Tensor values;
  if (options.mining == Mining::all) {
    const at::Tensor margins = at::relu(2 * similarities.negative -
                                        2 * similarities.positive.unsqueeze(1) + options.margin);
    values = sum_negatives(similarities, margins) / negative_counts(similarities).clamp_min(1);
  } else {
    values = at::relu(2 * mined(similarities, options.mining) - 2 * similarities.positive +
                      options.margin);
  }
  return zero_without_negatives(similarities, values);
}

}  // namespace cmc::contrast
