#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// Options of VICReg (Bardes et al. 2022, arXiv 2105.04906, section 4.1): no contrast, but raw
/// embeddings of the two views that agree, that vary from sample to sample in each dimension, and
/// whose dimensions do not repeat each other.
struct VicRegOptions {
  /// λ, μ and ν: the weights of the three terms.
  double invariance = 25;
  double variance = 25;
  double covariance = 1;
  /// γ: the standard deviation below which a dimension is pushed apart.
  double target = 1;
  /// ε under its root.
  double epsilon = 1e-4;
  /// τ at which its scores are read as k-pair values; the loss itself has none.
  static constexpr double temperature = 0.07;
  static constexpr bool of_batch_alone = true;
  static constexpr bool contrasts_nothing = true;
};

/// Throws Error unless the weights and γ are finite and not negative, and ε is finite and positive.
void check_options(const VicRegOptions& options);

/// Each direction has half of the pair's loss. Any device; D × D numbers in memory beside the
/// embeddings, 2 N D² multiplications a view.
std::vector<DirectionScores> score(const VicRegOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The three terms of two views' raw embeddings, without their weights.
struct VicRegTerms {
  /// [N] s(Z, Z') of each sample: Σ_d (z_d − z'_d)² / D, as the paper's algorithm 1 has it.
  at::Tensor invariance;
  /// Scalars v(Z) + v(Z') and c(Z) + c(Z'): v(Z) = Σ_d max(0, γ − √(Var z_d + ε)) / D and c(Z) =
  /// Σ_{d≠e} Cov(z_d, z_e)² / D, both with N − 1 below.
  at::Tensor variance, covariance;
};

/// `z`, `other`: [N, D], N ≥ 2, row i of both from one sample.
VicRegTerms vicreg_terms(const at::Tensor& z, const at::Tensor& other,
                         const VicRegOptions& options = {});

}  // namespace cmc::contrast
