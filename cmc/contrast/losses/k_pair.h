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
  /// β, how much more hard negatives, those near the anchor, weigh (Robinson et al. 2021, HCL; see
  /// hard_k_pair); 0: all weigh 1. For representations that part the easy negatives early; with
  /// many samples of few classes together with class_prior, since near negatives are then often of
  /// the anchor's class.
  double hardness = 0;
};

/// Throws Error unless π⁺ is in [0, 1) and β is finite and at least 0.
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

/// The debiased loss with hard negatives (Robinson et al. 2021, HCL, arXiv 2010.04592, its
/// objective with the hard sampling distribution q_β, with one positive, as the authors' code has
/// it):
///
///   −log [e⁺ / (e⁺ + k g)],  g = max{ (r − π⁺ e⁺) / (1 − π⁺), exp(−1/τ) },
///   r = Σ_i w_i e_i⁻ / Σ_i w_i,  w_i = exp(β s_i⁻/τ)
///
/// β multiplies the same s/τ that e = exp(s/τ) has (in the paper embeddings lie on a sphere of
/// radius 1/t with t² = τ), so that Σ w e is a sum of exp((1 + β) s/τ). The gradient goes through
/// the weights, as in the authors' code. With β → 0 r becomes mean e⁻, and the loss
/// debiased_k_pair.
///
/// `sharpened` and `weights`: log odds [A] of the negatives (log Σ_i exp((s_i⁻ − s⁺)/t)) at the
/// temperatures t = τ/(1 + β) and t = τ/β: log(r/e⁺) is their difference. The rest as for
/// debiased_k_pair.
at::Tensor hard_k_pair(const at::Tensor& sharpened, const at::Tensor& weights,
                       const at::Tensor& positive, const at::Tensor& k,
                       const at::Tensor& temperature, double class_prior);

}  // namespace cmc::contrast
