#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// What the fused kernels say of one direction.
struct LogOdds {
  /// [A] log Σ_i exp((s_i⁻ − s⁺)/τ), differentiable; −∞ without a negative.
  at::Tensor log_odds;
  /// Its k-pair values, too, are differentiable.
  ScoreStatistics statistics;
};

/// Of the pair's direction, then, where the candidates serve both, of the other; no kernel holds
/// the A × k scores. `temperature`: scalar τ, differentiable.
std::vector<LogOdds> log_odds(const Candidates& candidates, const at::Tensor& temperature);

}  // namespace cmc::contrast
