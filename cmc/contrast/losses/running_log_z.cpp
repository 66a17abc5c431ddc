#include "cmc/contrast/losses/running_log_z.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::contrast {

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

RunningLogZ::RunningLogZ(std::int64_t views, double momentum)
    : momentum_(momentum),
      values_(at::full({views, views}, std::nan(""), at::kDouble)),
      seen_(values_.clone()) {}

at::Tensor RunningLogZ::see(const ViewPair& pair, const at::Tensor& batch) {
  const at::Tensor running = values_[pair.anchor][pair.candidate].to(batch.device());
  seen_ = seen_.to(batch.device());  // values_ moves with its module
  seen_.index_put_({pair.anchor, pair.candidate}, batch);
  return at::where(running.isnan(), batch, running);
}

void RunningLogZ::update() {
  if (!values_.defined()) return;
  values_.copy_(running_log_z(values_, seen_.to(values_.device()), momentum_));
  seen_.fill_(std::nan(""));
}

}  // namespace cmc::contrast
