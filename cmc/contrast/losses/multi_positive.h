#pragma once

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"
#include "cmc/kernels/multi_positive_contrast.h"

namespace cmc::contrast {

/// Options of the supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362, eq. 2 and 3):
/// an anchor's positives are its own sample in the other view and the candidates that share a
/// positive group with it (ObjectiveOptions::positives).
///
/// The paper's 2N crops are one pool, in which an anchor meets its own view too; here candidates
/// are of the pair's other view, as for the other losses. k, the k-pair value, which positive is
/// first and the similarities are of the own positive against the candidates of other groups.
struct MultiPositiveOptions {
  /// The paper's.
  Temperature temperature = 0.1;
  kernels::PositiveMean mean = kernels::PositiveMean::outside;
  /// It needs ObjectiveOptions::positives, and no other loss takes them.
  static constexpr bool takes_positives = true;
};

inline void check_options(const MultiPositiveOptions&) {}

/// By the fused kernels, which never hold the A × k scores. An anchor without a candidate of
/// another group has no negative: it loses nothing.
std::vector<DirectionScores> score(const MultiPositiveOptions& options,
                                   const Candidates& candidates, const at::Tensor& temperature,
                                   LossState& state);

}  // namespace cmc::contrast
