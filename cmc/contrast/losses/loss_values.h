#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::contrast {

/// What a loss gives for a batch of anchors.
struct LossValues {
  /// [A], nats; 0 for an anchor that has no negative.
  at::Tensor per_anchor;
  /// Scalar: the mean over the anchors.
  at::Tensor mean;
};

}  // namespace cmc::contrast
