#include "cmc/contrast/losses/nce.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/error.h"
#include "cmc/kernels/softplus.h"

namespace cmc::contrast {
namespace {

/// Σ over the negatives of each anchor, [A, K] → [A].
at::Tensor sum_negatives(const Similarities& similarities, const at::Tensor& terms) {
  const at::Tensor& excluded = similarities.excluded;
  return (excluded.defined() ? terms.masked_fill(excluded, 0) : terms).sum(1);
}

/// The loss of an anchor that has a negative, 0 for the others.
LossValues of_anchors_with_negatives(const Similarities& similarities, const at::Tensor& values) {
  const at::Tensor kept = values.masked_fill(negative_counts(similarities) == 0, 0);
  return {kept, kept.mean()};
}

}  // namespace

LossValues logistic_nce(const Similarities& similarities, const at::Tensor& temperature) {
  const at::Tensor positive = kernels::softplus(-similarities.positive / temperature);
  const at::Tensor negative =
      sum_negatives(similarities, kernels::softplus(similarities.negative / temperature));
  return of_anchors_with_negatives(similarities, positive + negative);
}

LossValues nce(const Similarities& similarities, const at::Tensor& temperature,
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
  return of_anchors_with_negatives(similarities, positive + negative);
}

at::Tensor estimate_log_z(const Similarities& similarities, const at::Tensor& temperature,
                          std::int64_t n) {
  at::NoGradGuard no_grad;
  const at::Tensor count = negative_counts(similarities).sum().to(at::kDouble);
  const at::Tensor total = at::logsumexp(
      (masked_negatives(similarities, -1e30).to(at::kDouble) / temperature.to(at::kDouble))
          .reshape(-1),
      0);
  const at::Tensor log_z = std::log(static_cast<double>(n)) + total - at::log(count);
  return log_z.masked_fill(count == 0, std::nan(""));
}

at::Tensor running_log_z(const at::Tensor& running, const at::Tensor& batch, double momentum) {
  check(momentum >= 0 && momentum < 1, "the momentum of log Z is {}; it lies in [0, 1)", momentum);
  const at::Tensor mixed = momentum * running + (1 - momentum) * batch;
  return at::where(batch.isnan(), running, at::where(running.isnan(), batch, mixed));
}

}  // namespace cmc::contrast
