#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/view_graph.h"

namespace cmc::contrast {

/// What a batch says of log Z = log Σ_{i=1}^n exp(s_i/τ) ≈ log n + log mean exp(s⁻/τ): scalar,
/// without gradient, NaN where there is no negative. It lies within log n ± 1/τ, since cosines are
/// bounded.
at::Tensor estimate_log_z(const Similarities& similarities, const at::Tensor& temperature,
                          std::int64_t n);

/// The running estimate: the batch's where there is none yet (NaN), else momentum · running +
/// (1 − momentum) · batch, in log space; unchanged where the batch says nothing (NaN).
at::Tensor running_log_z(const at::Tensor& running, const at::Tensor& batch, double momentum);

/// log(Z/n) of each ordered pair of views, moving with the encoders. (Z/n and not Z, since n
/// changes: with what a queue holds, with who has both views.)
class RunningLogZ {
 public:
  /// Keeps nothing.
  RunningLogZ() = default;
  RunningLogZ(std::int64_t views, double momentum);

  /// float64 [views, views], NaN where there is none yet, for a module to register; undefined where
  /// nothing is kept.
  const at::Tensor& values() const { return values_; }

  /// log(Z/n) for a direction of which the batch says `batch`: the running one, or the batch's
  /// where there is none yet. Notes the batch's for the next update.
  at::Tensor see(const ViewPair& pair, const at::Tensor& batch);

  /// Moves toward what was seen since the last update.
  void update();

 private:
  double momentum_ = 0;
  at::Tensor values_, seen_;
};

}  // namespace cmc::contrast
