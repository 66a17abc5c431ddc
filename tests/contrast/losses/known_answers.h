#pragma once

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <vector>

/// Two views that other libraries were given too: [6, 4] raw embeddings in float64.
namespace cmc::contrast {

struct KnownViews {
  at::Tensor a, b;
};

inline KnownViews known_views() {
  const at::Tensor k = at::arange(24, at::kDouble).view({6, 4});
  const at::Tensor a = at::sin(0.7 * k + 1);
  return {a, a + 0.6 * at::cos(1.9 * k)};
}

/// `values` are the known ones, by the last places of their type and of the largest of them.
inline void expect_known(const at::Tensor& values, const std::vector<double>& known) {
  const at::Tensor held = values.detach().to(at::kDouble).reshape(-1);
  ASSERT_EQ(held.size(0), static_cast<std::int64_t>(known.size()));
  double largest = 0;
  for (const double value : known) largest = std::max(largest, std::abs(value));
  const double tolerance = values.scalar_type() == at::kDouble ? 1e-10 : 1e-5;
  for (std::size_t i = 0; i < known.size(); ++i)
    EXPECT_NEAR(held[static_cast<std::int64_t>(i)].item<double>(), known[i], tolerance * largest)
        << "entry " << i;
}

}  // namespace cmc::contrast
