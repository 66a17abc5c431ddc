#include "cmc/evaluation/lbfgs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <vector>

namespace cmc::evaluation {
namespace {

struct Pair {
  at::Tensor step, change;  // s = x' − x, y = g' − g
  double curvature;         // sᵀy > 0
};

double scalar_product(const at::Tensor& a, const at::Tensor& b) {
  return at::dot(a, b).item<double>();
}

/// −H g, by the two-loop recursion.
at::Tensor descent(const std::deque<Pair>& history, const at::Tensor& gradient) {
  at::Tensor q = gradient.clone();
  std::vector<double> alpha(history.size());
  for (std::size_t i = history.size(); i-- > 0;) {
    alpha[i] = scalar_product(history[i].step, q) / history[i].curvature;
    q.sub_(history[i].change, alpha[i]);
  }
  if (!history.empty()) {
    const Pair& last = history.back();
    q.mul_(last.curvature / scalar_product(last.change, last.change));
  }
  for (std::size_t i = 0; i < history.size(); ++i) {
    const double beta = scalar_product(history[i].change, q) / history[i].curvature;
    q.add_(history[i].step, alpha[i] - beta);
  }
  return q.neg_();
}

struct Point {
  at::Tensor x, gradient;
  double value;
};

/// The first of at most 40 trial steps that meets both Wolfe conditions, or none.
bool search(const DifferentiableFunction& objective, const Point& from, const at::Tensor& direction,
            double step, Point& to) {
  constexpr double decrease = 1e-4, curvature = 0.9;
  const double slope = scalar_product(from.gradient, direction);
  // Near the minimum a float32 product's rounding hides what a step gains; its slope still tells.
  const double rounding = 1e-7 * std::abs(from.value);
  double low = 0, high = std::numeric_limits<double>::infinity();
  for (int trial = 0; trial < 40; ++trial) {
    to.x = from.x + step * direction;
    to.gradient = at::empty_like(from.gradient);
    to.value = objective(to.x, to.gradient);
    if (!(to.value <= from.value + decrease * step * slope + rounding)) {
      high = step;
    } else if (scalar_product(to.gradient, direction) < curvature * slope) {
      low = step;
    } else {
      return true;
    }
    step = high < std::numeric_limits<double>::infinity() ? 0.5 * (low + high) : 2 * low;
  }
  return false;
}

}  // namespace

LbfgsResult minimize_lbfgs(const DifferentiableFunction& objective, at::Tensor x,
                           const LbfgsOptions& options) {
  Point at{x.to(at::kDouble).clone(), {}, 0};
  at.gradient = at::empty_like(at.x);
  at.value = objective(at.x, at.gradient);
  std::deque<Pair> history;
  LbfgsResult result;
  for (; result.iterations < options.max_iterations; ++result.iterations) {
    const double largest = at.gradient.abs().max().item<double>();
    result.converged = largest <= options.gradient_tolerance;
    if (result.converged) break;
    at::Tensor direction = descent(history, at.gradient);
    const double first =
        history.empty() ? 1.0 / std::max(1.0, at.gradient.norm().item<double>()) : 1.0;
    Point next;
    if (!search(objective, at, direction, first, next)) {
      if (history.empty()) break;
      history.clear();  // a stale curvature can spoil a direction: once more along the gradient
      continue;
    }
    Pair pair{next.x - at.x, next.gradient - at.gradient, 0};
    pair.curvature = scalar_product(pair.step, pair.change);
    if (pair.curvature > 0) history.push_back(std::move(pair));
    if (static_cast<int>(history.size()) > options.history) history.pop_front();
    at = std::move(next);
  }
  result.x = at.x;
  result.value = at.value;
  return result;
}

}  // namespace cmc::evaluation
