#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace cmc::evaluation {

struct LbfgsOptions {
  int history = 10;
  int max_iterations = 1000;
  /// Converged where no entry of the gradient is larger than this.
  double gradient_tolerance = 1e-5;
};

struct LbfgsResult {
  at::Tensor x;  ///< float64 [P]
  double value = 0;
  int iterations = 0;
  bool converged = false;
};

/// Value at x; writes the gradient there. x and gradient: float64 [P].
using DifferentiableFunction = std::function<double(const at::Tensor& x, at::Tensor& gradient)>;

/// Minimises a smooth convex function from x, by limited-memory BFGS (Nocedal, 1980; Nocedal and
/// Wright, algorithm 7.5) with a line search by bisection for the weak Wolfe conditions (Lewis and
/// Overton, 2013). Ends also where rounding leaves no step that goes down; `converged` then tells
/// whether the gradient is within tolerance.
LbfgsResult minimize_lbfgs(const DifferentiableFunction& objective, at::Tensor x,
                           const LbfgsOptions& options = {});

}  // namespace cmc::evaluation
