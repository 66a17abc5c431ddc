#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>

#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/result.h"

namespace cmc::contrast {

/// What one direction's scores say of A anchors, whatever the loss.
struct ScoreStatistics {
  /// [A] k-pair values, nats.
  at::Tensor k_pair;
  /// [A] similarities with the positive, and the largest with a negative (below −1 where there is
  /// none).
  at::Tensor positive, hardest;
  /// Number of negatives of each anchor, int64 [A].
  at::Tensor counts;
  /// Mean similarity over all negative pairs.
  double negative = 0;
};

/// The statistics of similarities at a scalar τ. Carries no gradient but that of `positive`.
ScoreStatistics statistics_of(const Similarities& similarities, const at::Tensor& temperature);

/// What a loss makes of one direction.
struct DirectionScores {
  /// [A] loss of each anchor, nats, differentiable; 0 for an anchor without a negative.
  at::Tensor per_anchor;
  ScoreStatistics statistics = {};
  /// log Z that the paper's NCE used; NaN for other losses.
  double log_z = std::numeric_limits<double>::quiet_NaN();
};

/// The result of a direction whose `anchors` anchors are the given rows of the batch.
DirectionResult summarised(const ViewPair& pair, const at::Tensor& rows, std::int64_t anchors,
                           const DirectionScores& scores);

/// Sets the result's figures to the means over its directions that had negatives. Throws Error
/// where none had.
void take_means(ContrastResult& result);

}  // namespace cmc::contrast
