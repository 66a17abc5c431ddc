#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// For a loss that contrasts nothing, the statistics of its batch's cosines as the k-pair loss at τ
/// has them, of both directions, without gradient. `candidates`: of both directions.
std::vector<ScoreStatistics> read_as_k_pair(const Candidates& candidates,
                                            const at::Tensor& temperature);

/// Both directions of a pair of views whose loss is one number: each has half of it for every
/// anchor, so that the two sum to it.
std::vector<DirectionScores> halves_of(const at::Tensor& per_anchor, const Candidates& candidates,
                                       const at::Tensor& temperature);

}  // namespace cmc::contrast
