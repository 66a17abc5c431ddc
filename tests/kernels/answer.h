#pragma once

#include <ATen/ATen.h>

namespace cmc::kernels {

/// What a way of computing a loss gives: losses, and gradients of a sum of them by both sets of
/// embeddings (of anchors and their positives), τ and, of the sigmoid loss, b.
struct Answer {
  at::Tensor loss, a, b, tau, bias = {};
};

/// The largest difference from what is true.
inline double error(const at::Tensor& value, const at::Tensor& truth) {
  return (value.to(at::kDouble) - truth.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace cmc::kernels
