#include "cmc/contrast/losses/nce.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cmath>

#include "cmc/contrast/losses/score_each.h"
#include "cmc/error.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {

void check_options(const NceOptions& options) {
  check(options.momentum >= 0 && options.momentum < 1,
        "the momentum of log Z is {}; it lies in [0, 1)", options.momentum);
}

void register_state(const NceOptions& options, std::int64_t views, std::uint64_t /*seed*/,
                    LossState& state, torch::nn::Module& owner) {
  state.log_z = RunningLogZ(views, options.momentum);
  owner.register_buffer("log_z", state.log_z.values());
}

std::vector<DirectionScores> score(const NceOptions& /*options*/, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state) {
  const std::int64_t n = candidates.population();
  const double log_n = std::log(static_cast<double>(n));
  return score_each(
      candidates, temperature, [&](const Similarities& similarities, const ViewPair& pair) {
        const at::Tensor batch = estimate_log_z(similarities, temperature, n) - log_n;
        const at::Tensor log_z = state.log_z.see(pair, batch) + log_n;
        return DirectionScores{.per_anchor = nce(similarities, temperature,
                                                 log_z.to(similarities.positive.scalar_type()), n),
                               .log_z = log_z};
      });
}

at::Tensor nce(const Similarities& similarities, const at::Tensor& temperature,
               const at::Tensor& log_z, std::int64_t n) {
  check(n > 0, "the noise is uniform over {} samples; it needs at least 1", n);
  const at::Tensor k = negative_counts(similarities).to(similarities.positive.scalar_type());
  const at::Tensor log_noise = at::log(k.clamp_min(1)) - std::log(static_cast<double>(n));
  // log odds of data against noise: log P − log(k p_n).
  const at::Tensor positive =
      kernels::softplus(-(similarities.positive / temperature - log_z - log_noise));
  const at::Tensor negative = sum_negatives(
      similarities,
      kernels::softplus(similarities.negative / temperature - log_z - log_noise.unsqueeze(1)));
  return zero_without_negatives(similarities, positive + negative);
}

}  // namespace cmc::contrast
