#pragma once

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Options of NT-Xent (Chen et al. 2020, SimCLR, eq. 1): the k-pair loss where an anchor also meets
/// the other samples' embeddings in its own view, 2N − 2 negatives in all. For augmented views that
/// share an encoder; its negatives come from the batch. With two views the sum of both directions
/// is twice SimCLR's mean over its 2N anchors.
struct NtXentOptions {
  Temperature temperature = 0.5;
  /// It needs candidates of both directions (Candidates::both_directions).
  static constexpr bool of_batch_alone = true;
};

inline void check_options(const NtXentOptions&) {}

std::vector<DirectionScores> score(const NtXentOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

}  // namespace cmc::contrast
