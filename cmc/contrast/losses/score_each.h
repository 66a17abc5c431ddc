#pragma once

#include <functional>
#include <vector>

#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// A loss of one direction's similarities: its per_anchor, and log_z where it has one.
using SimilarityLoss = std::function<DirectionScores(const Similarities&, const ViewPair&)>;

/// The scores of a loss that needs nothing but similarities, by plain operators with an A × k
/// matrix in memory: of the pair's direction, then, where the candidates serve both, of the other.
/// `temperature`: scalar τ at which the statistics are read.
std::vector<DirectionScores> score_each(const Candidates& candidates, const at::Tensor& temperature,
                                        const SimilarityLoss& loss);

}  // namespace cmc::contrast
