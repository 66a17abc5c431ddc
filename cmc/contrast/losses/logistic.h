#pragma once

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Options of the logistic form of noise-contrastive estimation (NT-Logistic in Chen et al. 2020,
/// table 2).
struct LogisticOptions {
  Temperature temperature = 0.07;
};

inline void check_options(const LogisticOptions&) {}

std::vector<DirectionScores> score(const LogisticOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The loss of each anchor, −log σ(s⁺/τ) − Σ_i log σ(−s_i⁻/τ): [A].
at::Tensor logistic_nce(const Similarities& similarities, const at::Tensor& temperature);

}  // namespace cmc::contrast
