#pragma once

#include <torch/optim/sgd.h>

namespace cmc::training {

/// libtorch's SGD with momentum, in one pass over the memory instead of eleven: on a large network
/// the optimiser is bound by memory alone.
///
///     b ← μ b + g + λ w,   w ← w − η b        (Sutskever et al. 2013, as libtorch has it)
///
/// The same operators work on one cache-sized piece of w, g and b after another. Options and state
/// are libtorch's.
class PiecewiseSgd : public torch::optim::SGD {
 public:
  using SGD::SGD;
  /// Throws Error on dampening or Nesterov's variant, which it does not have.
  at::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace cmc::training
