#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cmc/contrast/losses/running_log_z.h"

namespace cmc::contrast {

/// What losses keep from one update to the next; most keep nothing.
struct LossState {
  RunningLogZ log_z;
  /// Learned embeddings [D] of views that a sample lacks, one a view, or none.
  std::vector<at::Tensor> stand_ins = {};
  /// b of the sigmoid loss, a scalar, differentiable where it is learned; undefined for others.
  at::Tensor logit_bias;
};

}  // namespace cmc::contrast
