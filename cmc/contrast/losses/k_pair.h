#pragma once

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Options of the k-pair loss (softmax, InfoNCE; Tian et al. 2019, eq. 2; van den Oord et al. 2018,
/// eq. 4).
struct KPairOptions {
  Temperature temperature = 0.07;
  /// π⁺, the probability that a negative drawn at random is of the anchor's class; 0: no
  /// correction. Above 0 the loss is the debiased one (see debiased_k_pair); for small data sets
  /// with few classes.
  double class_prior = 0;
};

/// Throws Error unless π⁺ is in [0, 1).
void check_options(const KPairOptions& options);

/// By the fused kernels, which never hold the A × k scores.
std::vector<DirectionScores> score(const KPairOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The k-pair loss of each anchor, −log [e⁺ / (e⁺ + Σ_i e_i⁻)] with e = exp(s/τ): [A].
/// `temperature`: scalar tensor.
at::Tensor k_pair(const Similarities& similarities, const at::Tensor& temperature);

/// The debiased contrastive loss (Chuang et al. 2020, arXiv 2007.00224, eq. 7 and 8, with one
/// positive), from what the k-pair loss already knows of each anchor:
///
///   −log [e⁺ / (e⁺ + k g)],  g = max{ (mean e⁻ − π⁺ e⁺) / (1 − π⁺), exp(−1/τ) },  mean e⁻ = e⁺
///   (exp L − 1)/k
///
/// `loss`: k-pair values L [A]; `positive`: s⁺ [A]; `k`: number of negatives of each anchor [A];
/// `class_prior`: π⁺ in [0, 1). Equals L where π⁺ = 0 and the floor is not reached.
at::Tensor debiased_k_pair(const at::Tensor& loss, const at::Tensor& positive, const at::Tensor& k,
                           const at::Tensor& temperature, double class_prior);

}  // namespace cmc::contrast
