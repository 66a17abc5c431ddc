#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cmc::kernels {

struct Embeddings {
  const char* name;
  at::Tensor a, b;
};

/// float32 [n, 64] pairs whose scores lie at every end of their range.
inline std::vector<Embeddings> kinds(std::int64_t n) {
  at::manual_seed(7);
  const at::Tensor a = at::randn({n, 64}), b = at::randn({n, 64});
  const at::Tensor axes = at::eye(64).slice(0, 0, std::min<std::int64_t>(n, 32));
  return {{"random", a, b},
          {"aligned", a, a + 1e-3 * b},
          {"antipodal", a, -2 * a},
          {"orthogonal", axes, 3 * axes.roll(32, 1)}};
}

}  // namespace cmc::kernels
