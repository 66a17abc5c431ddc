#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// Options of Barlow Twins (Zbontar et al. 2021, arXiv 2103.03230, eq. 1): no contrast, but the two
/// views' raw embeddings correlate dimension by dimension and not across dimensions.
struct BarlowTwinsOptions {
  /// λ, the weight of the redundancy reduction.
  double redundancy = 0.005;
  /// τ at which its scores are read as k-pair values; the loss itself has none.
  static constexpr double temperature = 0.07;
  static constexpr bool of_batch_alone = true;
  static constexpr bool contrasts_nothing = true;
};

/// Throws Error unless λ is finite and not negative.
void check_options(const BarlowTwinsOptions& options);

/// Each direction has half of the pair's loss. Any device; D × D numbers in memory beside the
/// embeddings, N D² multiplications.
std::vector<DirectionScores> score(const BarlowTwinsOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// Σ_d (1 − C_dd)² + λ Σ_{d≠e} C_de², a scalar, with C_de the correlation over the batch of
/// dimension d in one view and e in the other (their eq. 2; variances have 1e-5 added, as batch
/// norm does). `z`, `other`: [N, D], N ≥ 2, row i of both from one sample.
at::Tensor barlow_twins(const at::Tensor& z, const at::Tensor& other,
                        const BarlowTwinsOptions& options = {});

}  // namespace cmc::contrast
