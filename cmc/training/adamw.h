#pragma once

#include <torch/optim/adamw.h>

namespace cmc::training {

/// libtorch's AdamW, in one pass over the memory instead of ten and by all threads: on a large
/// network the optimiser is bound by memory alone.
///
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,
///     w ← (1 − η λ) w − η m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)     (Loshchilov and Hutter, arXiv
///                                                                   1711.05101, algorithm 2)
///
/// The same operators work on one cache-sized piece of w, g, m and v after another. Options and
/// state are libtorch's.
class PiecewiseAdamW : public torch::optim::AdamW {
 public:
  using AdamW::AdamW;
  /// Throws Error on AMSGrad, which it does not have.
  at::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace cmc::training
