#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::evaluation {

/// For each query its nearest rows, the nearest first.
struct Neighbours {
  at::Tensor indices;     ///< int64 [M, k]
  at::Tensor similarity;  ///< float32 [M, k]: cos
};

/// The min(k, N) nearest rows of `gallery` (float [N, D]) for each of `queries` (float [M, D]), by
/// cosine. Across views: queries are embeddings of one view and the gallery those of the other.
/// Products are made in blocks of queries. Throws Error on other shapes or k < 1.
Neighbours nearest_neighbours(const at::Tensor& queries, const at::Tensor& gallery, std::int64_t k);

/// Share of samples whose nearest in the other view is the sample itself; row i of both, float [N,
/// D], is sample i.
double recall_at_1(const at::Tensor& queries, const at::Tensor& gallery);

}  // namespace cmc::evaluation
