#pragma once

#include <gtest/gtest.h>
#include <torch/types.h>

#include <functional>

namespace cmc::contrast {

/// Expects the gradient of `value` by a float64 leaf to be its central difference, entry by entry.
inline void expect_gradient(const std::function<at::Tensor()>& value, const at::Tensor& leaf,
                            double tolerance = 1e-7) {
  leaf.mutable_grad() = at::Tensor();
  value().backward();
  const at::Tensor gradient = leaf.grad().clone().reshape({-1});
  const at::NoGradGuard no_grad;
  const at::Tensor entries = leaf.view({-1});
  constexpr double h = 1e-5;
  for (std::int64_t i = 0; i < entries.size(0); ++i) {
    const double at = entries[i].item<double>();
    entries[i] = at + h;
    const double above = value().item<double>();
    entries[i] = at - h;
    const double below = value().item<double>();
    entries[i] = at;
    EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * h), tolerance) << "entry " << i;
  }
}

}  // namespace cmc::contrast
