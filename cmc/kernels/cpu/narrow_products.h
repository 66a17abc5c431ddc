#pragma once

#include <cstdint>

namespace cmc::kernels {

/// X, float32 [n, width], whose rows stand one behind the other.
struct WideRows {
  const float* values = nullptr;
  std::int64_t n = 0, width = 0;
};

/// y[n, columns] = X cᵀ, with float32 c [columns, width]. For few columns: a general product would
/// first copy X, which takes as long as this does.
void multiply_narrow(const WideRows& x, const float* c, std::int64_t columns, float* y);

/// sums[columns, width] += cᵀ X, with float32 c [n, columns]. X is read column by column: as many
/// rows at once as stay in the cache.
void add_narrow_products(const WideRows& x, const float* c, std::int64_t columns, float* sums);

}  // namespace cmc::kernels
