#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

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
  /// Scalar: mean similarity over all negative pairs.
  at::Tensor negative;
};

/// The statistics of similarities at a scalar τ. Carries no gradient but that of `positive`.
ScoreStatistics statistics_of(const Similarities& similarities, const at::Tensor& temperature);

/// What a loss makes of one direction.
struct DirectionScores {
  /// [A] loss of each anchor, nats, differentiable; 0 for an anchor without a negative.
  at::Tensor per_anchor;
  ScoreStatistics statistics = {};
  /// Scalar: log Z that the paper's NCE used; undefined for other losses.
  at::Tensor log_z = {};
};

/// The result of a direction whose `anchors` anchors are the given rows of the batch, scored at τ
/// `temperature`, a scalar on their device; `scores`: nothing where no anchor has a negative.
DirectionResult summarised(const ViewPair& pair, const at::Tensor& rows, std::int64_t anchors,
                           const std::optional<DirectionScores>& scores,
                           const at::Tensor& temperature);

/// Counts the directions that had no negative. Throws Error where none had.
void count_empty(ContrastResult& result);

}  // namespace cmc::contrast
