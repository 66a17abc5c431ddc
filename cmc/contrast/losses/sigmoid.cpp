#include "cmc/contrast/losses/sigmoid.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <array>
#include <limits>
#include <variant>

#include "cmc/contrast/losses/parts.h"
#include "cmc/device.h"
#include "cmc/distributed/gather.h"
#include "cmc/kernels/sigmoid_bank_contrast.h"
#include "cmc/kernels/sigmoid_contrast.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {

namespace {

at::Tensor of_positive(const at::Tensor& positive, const at::Tensor& temperature,
                       const at::Tensor& bias) {
  return kernels::softplus(-(positive / temperature + bias));
}

/// The loss of candidates of which each process holds a part: each kernel call adds the positive's
/// part again, which counts once.
DirectionScores score_parts(const Candidates& candidates, const at::Tensor& temperature,
                            const at::Tensor& bias) {
  distributed::ProcessGroup& group = *candidates.group;
  const std::array<at::Tensor, 3> shared = shared_out(candidates, temperature);
  const at::Tensor own_bias = distributed::shared_out(group, bias, bias, bias)[0];
  at::Tensor part, odds, hardest, negative;
  if (has_negatives_here(candidates)) {
    const auto own =
        kernels::sigmoid_bank_contrast(shared[0], shared[1], candidates.vectors, shared[2],
                                       own_bias, candidates.picks, candidates.excluded);
    part = own.loss - at::where(own.loss > 0, of_positive(own.positive, shared[2], own_bias),
                                at::zeros_like(own.loss));
    odds = at::log(at::expm1(own.k_pair.detach().to(at::kDouble)));
    hardest = own.hardest;
    negative = own.negative;
  } else {
    part = nothing_of(shared) + own_bias * 0;
    odds = at::full({part.size(0)}, -std::numeric_limits<double>::infinity(), at::kDouble);
    hardest = odds.to(at::kFloat);
    negative = at::zeros({}, at::kDouble);
  }
  const at::Tensor positive = positives_of(candidates);
  const at::Tensor loss =
      distributed::summed(group, part) + of_positive(positive, temperature, bias);
  const at::Tensor k_pair = kernels::softplus(distributed::log_sum_exp(group, odds)).to(at::kFloat);
  return {.per_anchor = at::where(candidates.counts > 0, loss, at::zeros_like(loss)),
          .statistics = {k_pair, positive, hardest_of_parts(candidates, hardest), candidates.counts,
                         negative_of_parts(candidates, negative)}};
}

}  // namespace

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
  const at::Tensor bias = sent_to(state.logit_bias, anchors.device());
  if (candidates.both_directions()) {
    const auto both = kernels::sigmoid_contrast(anchors, positives, temperature, bias, excluded);
    return {
        {.per_anchor = both.rows,
         .statistics = {both.k_pair_rows, both.positive, both.hardest_rows, counts, both.negative}},
        {.per_anchor = both.columns,
         .statistics = {both.k_pair_columns, both.positive, both.hardest_columns, counts,
                        both.negative}}};
  }
  if (candidates.in_parts()) return {score_parts(candidates, temperature, bias)};
  const auto one = kernels::sigmoid_bank_contrast(anchors, positives, candidates.vectors,
                                                  temperature, bias, candidates.picks, excluded);
  return {{.per_anchor = one.loss,
           .statistics = {one.k_pair, one.positive, one.hardest, counts, one.negative}}};
}

at::Tensor sigmoid(const Similarities& similarities, const at::Tensor& temperature,
                   const at::Tensor& bias) {
  const at::Tensor positive = kernels::softplus(-(similarities.positive / temperature + bias));
  const at::Tensor negative =
      sum_negatives(similarities, kernels::softplus(similarities.negative / temperature + bias));
  return zero_without_negatives(similarities, positive + negative);
}

}  // namespace cmc::contrast
