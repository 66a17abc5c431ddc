#pragma once

#include <cstdint>

namespace cmc::kernels {

/// Queries [count, dim] and the rows of a gallery [gallery_count, dim] that they are compared with,
/// float32.
struct NearestProblem {
  const float* queries = nullptr;
  std::int64_t count = 0;
  const float* gallery = nullptr;
  std::int64_t gallery_count = 0;
  std::int64_t dim = 0;
  /// How many are wanted, 1 … gallery_count.
  std::int64_t k = 1;
  /// Whether rows are told apart by products of bfloat16 first, where these are fast.
  bool bfloat16 = false;
  int threads = 1;
};

/// indices [count, k] and similarity [count, k]: for each query the k rows of the gallery whose
/// float32 products with it are the largest, and these products, the largest first, of equal ones
/// the first row. A product that is NaN comes after all others.
///
/// Products with bfloat16 are not what is compared: they leave out the rows that by the bound on
/// their error can't be among the k, and the others are multiplied again. Memory: the gallery once
/// more and, for each thread, some hundred numbers for each query of a block.
void nearest_rows(const NearestProblem& problem, std::int64_t* indices, float* similarity);

}  // namespace cmc::kernels
