#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torch::optim {
class Optimizer;
}

namespace cmc::training {

enum class OptimizerKind {
  /// Loshchilov and Hutter, arXiv 1711.05101.
  adamw,
  /// With momentum.
  sgd,
  /// You, Gitman and Ginsburg, arXiv 1708.03888: SGD with each matrix's gradient scaled to its
  /// norm;
  /// docs/theory.md says how ours differs from theirs.
  lars,
};

/// How parameters move. Weight decay never touches parameters of fewer than two dimensions: biases,
/// the norms' scales, a learned temperature.
struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::adamw;
  double learning_rate = 1e-3;
  double weight_decay = 1e-4;
  /// sgd and lars.
  double momentum = 0.9;
  /// adamw: the decay of the second moment.
  double beta2 = 0.999;
  /// lars: the trust coefficient κ.
  double trust = 1e-3;
};

using NamedParameters = std::vector<std::pair<std::string, at::Tensor>>;

/// What the learning rate of the parameter of a name is of the optimiser's.
using RateFactor = std::function<double(const std::string& name)>;

/// An optimiser of libtorch over named parameters, with a state that a checkpoint can keep.
class Optimizer {
 public:
  /// `rate_factor` undefined: 1 for all.
  Optimizer(NamedParameters parameters, const OptimizerOptions& options,
            const RateFactor& rate_factor = nullptr);
  ~Optimizer();

  /// Drops the gradients: they are undefined until the next backward pass.
  void zero_grad();
  /// One step at `factor` times the learning rate.
  void step(double factor);
  /// Multiplies the gradients, such as a sum of several passes' into their mean.
  void scale_gradients(double factor);
  /// The gradients' joint norm: a scalar on their device.
  at::Tensor gradient_norm() const;
  /// Scales gradients whose joint norm is `norm` so that it is at most `limit` (0: leaves them).
  void clip_gradients(double norm, double limit);
  double learning_rate() const { return options_.learning_rate; }

  /// The state by "parameter name/slot"; empty before the first step.
  std::map<std::string, at::Tensor> state() const;
  /// Takes a state that state() gave. Throws Error for a name or shape that does not fit.
  void load_state(const std::map<std::string, at::Tensor>& state);

 private:
  void scale_to_trust();

  NamedParameters parameters_;
  OptimizerOptions options_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<double> factors_;  ///< by parameter group
};

}  // namespace cmc::training
