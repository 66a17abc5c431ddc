#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::evaluation {

struct KnnOptions {
  /// Neighbours that vote; all training samples where there are fewer.
  std::int64_t k = 200;
  /// τ > 0.
  double temperature = 0.07;
};

/// Weighted k-nearest-neighbour classifier (Wu et al., 1805.01978, section 3.4): the class c of a
/// sample x is that with the largest Σ exp(cos(x, xᵢ) / τ) over those of its k nearest training
/// samples xᵢ whose label is c.
///
/// train: float [N, F]; labels: int64 [N] in 0 … classes − 1; queries: float [M, F]. Returns int64
/// [M]. Memory grows with N and M, not with their product. Throws Error on other shapes or options.
at::Tensor knn_predict(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
                       std::int64_t classes, const KnnOptions& options = {});

}  // namespace cmc::evaluation
