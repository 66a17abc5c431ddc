#pragma once

#include <cstdint>
#include <vector>

#include "cmc/contrast/losses/logit_bias.h"
#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"

namespace torch::nn {
class Module;
}

namespace cmc::contrast {

/// Options of the sigmoid loss (Zhai et al. 2023, SigLIP, arXiv 2303.15343, algorithm 1): each pair
/// is a yes-or-no question, with log odds s/τ + b that it is one sample.
///
/// What is summed: the loss of an anchor is the sum over its candidates, the positive included and
/// not divided by their number; the directional loss is the mean over anchors. So it grows with k,
/// and a batch's is SigLIP's loss; both directions of a pair of views have the same terms, so that
/// their sum is twice that.
///
/// When to use it: where batches are large or differ in size, since no term depends on another
/// pair; b, learned, takes up that of all pairs but one in k + 1 are negatives. As published, τ
/// starts at 1/10 and b at −10. With few negatives the softmax of the k-pair loss learns more of
/// each.
struct SigmoidOptions {
  Temperature temperature = LearnedTemperature{.initial = 0.1};
  LogitBias bias = LearnedBias{};
};

/// Throws Error unless b is finite.
void check_options(const SigmoidOptions& options);

/// b, as the parameter "logit_bias" of `owner` where it is learned.
void register_state(const SigmoidOptions& options, std::int64_t views, std::uint64_t seed,
                    LossState& state, torch::nn::Module& owner);

/// By the fused kernels, which never hold the A × k scores. `state`: has b.
std::vector<DirectionScores> score(const SigmoidOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The loss of each anchor, −log σ(s⁺/τ + b) − Σ_i log σ(−(s_i⁻/τ + b)): [A]; 0 without a negative.
/// `temperature`, `bias`: scalar tensors.
at::Tensor sigmoid(const Similarities& similarities, const at::Tensor& temperature,
                   const at::Tensor& bias);

}  // namespace cmc::contrast
