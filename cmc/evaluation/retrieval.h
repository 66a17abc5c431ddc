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
/// Memory grows with M and N, not with their product. Throws Error on other shapes or k < 1.
Neighbours nearest_neighbours(const at::Tensor& queries, const at::Tensor& gallery, std::int64_t k);

/// How well each sample is found across views. Its rank is 1 + the number of other samples that are
/// as near to it as it is itself, or nearer.
struct CrossViewRetrieval {
  double recall_at_1 = 0;  ///< share of samples whose rank is 1
  double recall_at_5 = 0;  ///< at most 5
  double recall_at_10 = 0;
  double median_rank = 0;  ///< of two in the middle, their mean
  std::int64_t candidates = 0;
};

/// Queries are embeddings of one view and the gallery those of the other; row i of both, float [N,
/// D], is sample i. Ranks are by cosine, in blocks of queries. Throws Error on other shapes or N =
/// 0.
CrossViewRetrieval cross_view_retrieval(const at::Tensor& queries, const at::Tensor& gallery);

}  // namespace cmc::evaluation
