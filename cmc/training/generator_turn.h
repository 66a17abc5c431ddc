#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <map>
#include <string>

#include "cmc/data/loader.h"
#include "cmc/training/model.h"
#include "cmc/training/optimizer.h"

namespace cmc {
class Team;
}

namespace cmc::training {

/// How the generator of learned views is trained.
struct GeneratorOptions {
  double learning_rate = 1e-3;  ///< of its own optimiser (Adam)
  /// It has its turn after each `every`-th step, between these shares of all steps. Before, the
  /// encoders learn what the views share; a generator that moves faster than they do fools them and
  /// finds nothing. Afterwards it rests, and they learn on of the views that it has found.
  double after = 0.1, until = 0.8;
  std::int64_t every = 4;
  double label_weight = 1;
  /// int64 [n], of each training sample the class that it sees, or −1; undefined: none.
  at::Tensor labels = {};
};

/// The generator's turn in the game of learned views (Tian et al. 2020, arXiv 2005.10243, eqs. 4
/// and 5). With views g(x)₁ and g(x)₂, encoders f₁ and f₂ and, where there are labels, classifiers
/// c₁ and c₂, the game is
///
///     min_{g, c₁, c₂} max_{f₁, f₂} I_NCE(f₁(g(x)₁); f₂(g(x)₂)) + w Σ_v CE(c_v(f_v(g(x)_v)), y).
///
/// The encoders have the first turn of each step (Step). Then g and the classifiers have theirs, on
/// the same batch, encoded anew, while the encoders stand still: the information is bounded as the
/// encoders' loss bounds it, by log(k + 1) − L. The classifiers are linear, on the representations;
/// docs/theory.md says why.
class GeneratorTurn {
 public:
  /// The model must have a generator, and classifiers where options.labels are defined.
  GeneratorTurn(Model model, const GeneratorOptions& options);

  /// Whether it has its turn after step `step` (from 1) of `steps`.
  bool is_due(std::int64_t step, std::int64_t steps) const;

  /// Moves the generator and the classifiers by what a batch shows; `team` as in Step. Returns the
  /// mean cross entropy of both classifiers on those whose labels are known, nats; NaN where none
  /// is. Throws NotFinite, before anything has moved, where the loss or the gradient is not finite.
  double take(const data::Batch& batch, at::Device device, bool bfloat16, Team* team);

  /// As Optimizer has it.
  std::map<std::string, at::Tensor> state() const { return optimizer_.state(); }
  void load_state(const std::map<std::string, at::Tensor>& state) { optimizer_.load_state(state); }

  /// Whether it is this turn that moves the parameter of a model by this name.
  static bool moves(const std::string& parameter);

 private:
  std::vector<encoders::Encoding> encode(const data::Batch& batch, at::Device device, bool bfloat16,
                                         Team* team);
  at::Tensor classification(const std::vector<encoders::Encoding>& views,
                            const at::Tensor& indices);

  Model model_;
  GeneratorOptions options_;
  NamedParameters own_, others_;
  Optimizer optimizer_;
};

}  // namespace cmc::training
