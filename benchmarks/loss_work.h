#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace cmc::benchmarks {

/// A loss of two views in both directions, forward and backward, as an objective takes it and as
/// its formula is written plainly with libtorch. Each gives the loss.
struct LossWork {
  std::string name;
  std::function<double()> fused, plain;
  /// Operations of the fused one's matrix products.
  double operations = 0;
};

/// The losses beside the k-pair, of raw embeddings [N, D] of one sample a row: the sigmoid loss
/// with τ and b learned (plain as open_clip has it), the decoupled loss, and the k-pair loss with
/// hard negatives (β = 0.5, π⁺ = 0.1; plain as its authors have it).
std::vector<LossWork> loss_work(const at::Tensor& a, const at::Tensor& b);

/// The k-pair loss by the plain reference that walks over the scores in chunks.
std::function<double()> chunked_reference(const at::Tensor& a, const at::Tensor& b);

}  // namespace cmc::benchmarks
