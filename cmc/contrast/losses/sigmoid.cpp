#include "cmc/contrast/losses/sigmoid.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <variant>

#include "cmc/kernels/sigmoid_bank_contrast.h"
#include "cmc/kernels/sigmoid_contrast.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {

void check_options(const SigmoidOptions& options) {
  check_logit_bias(options.bias);
}

void register_state(const SigmoidOptions& options, std::int64_t /*views*/, std::uint64_t /*seed*/,
                    LossState& state, torch::nn::Module& owner) {
  state.logit_bias = at::full({}, initial_bias(options.bias), at::kFloat);
  if (std::holds_alternative<LearnedBias>(options.bias))
    owner.register_parameter("logit_bias", state.logit_bias);
}

std::vector<DirectionScores> score(const SigmoidOptions& /*options*/, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state) {
  const at::Tensor &anchors = candidates.anchors, &positives = candidates.positives,
                   &excluded = candidates.excluded, &counts = candidates.counts;
  const at::Tensor bias = state.logit_bias.to(anchors.device());
  if (candidates.both_directions()) {
    const auto both = kernels::sigmoid_contrast(anchors, positives, temperature, bias, excluded);
    const auto negative = both.negative.item<double>();
    return {{.per_anchor = both.rows,
             .statistics = {both.k_pair_rows, both.positive, both.hardest_rows, counts, negative}},
            {.per_anchor = both.columns,
             .statistics = {both.k_pair_columns, both.positive, both.hardest_columns, counts,
                            negative}}};
  }
  const auto one = kernels::sigmoid_bank_contrast(anchors, positives, candidates.vectors,
                                                  temperature, bias, candidates.picks, excluded);
  return {
      {.per_anchor = one.loss,
       .statistics = {one.k_pair, one.positive, one.hardest, counts, one.negative.item<double>()}}};
}

at::Tensor sigmoid(const Similarities& similarities, const at::Tensor& temperature,
                   const at::Tensor& bias) {
  const at::Tensor positive = kernels::softplus(-(similarities.positive / temperature + bias));
  const at::Tensor negative =
      sum_negatives(similarities, kernels::softplus(similarities.negative / temperature + bias));
  return zero_without_negatives(similarities, positive + negative);
}

}  // namespace cmc::contrast
