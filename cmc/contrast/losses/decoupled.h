#pragma once

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Options of the decoupled contrastive loss (Yeh et al. 2022, DCL, arXiv 2110.06848, eq. 6, with
/// the candidates' view alone): the k-pair loss without the positive below its fraction.
///
/// When to use it: with few negatives. An anchor that already has its positive first gets little
/// gradient from the k-pair loss, the less the fewer negatives there are, since its gradient is
/// multiplied by their share of the softmax; here it is not. The loss may be negative and has no
/// lower bound but −2/τ + log k.
struct DecoupledOptions {
  Temperature temperature = 0.1;
  /// σ of the positives' weights (DCLW: negative von Mises-Fisher weighting, section 3.1), such as
  /// the paper's 0.5: positives that are still far apart count more. 0: all count 1.
  double weight_sigma = 0;
};

/// Throws Error unless σ is finite and not negative.
void check_options(const DecoupledOptions& options);

/// From the fused kernels' log odds, which are this loss; see decoupled.
std::vector<DirectionScores> score(const DecoupledOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The loss of each anchor, −w s⁺/τ + log Σ_i exp(s_i⁻/τ): [A], from its log odds log Σ_i
/// exp((s_i⁻ − s⁺)/τ), −∞ without a negative, where the loss is 0. `positive`: s⁺ [A]. w: 1 where
/// `weight_sigma` is 0, else positive_weights. (From the k-pair loss L the same is log(exp L − 1),
/// which has no digits left where L leaves float32's range, as it does at τ = 0.02 where positives
/// are far above negatives.)
at::Tensor decoupled(const at::Tensor& log_odds, const at::Tensor& positive,
                     const at::Tensor& temperature, double weight_sigma);

/// w_i = 2 − exp(s_i⁺/σ) / mean_i exp(s_i⁺/σ), over the anchors of the direction: [A], without
/// gradient, as in the code that the authors point to. Their mean is 1.
at::Tensor positive_weights(const at::Tensor& positive, double sigma);

}  // namespace cmc::contrast
