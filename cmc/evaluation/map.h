#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::evaluation {

struct MapOptions {
  /// How many neighbours a point is held by, about: 1 < perplexity < N / 3; lowered to that where N
  /// is small.
  double perplexity = 30;
  int iterations = 500;
};

/// The first two principal components: float32 [N, 2] for float [N, F], N ≥ 2; each axis is turned
/// so that its largest entry is positive.
at::Tensor principal_map(const at::Tensor& features);

/// A 2-D map, float32 [N, 2], that keeps neighbours together: t-SNE (van der Maaten and Hinton,
/// "Visualizing data using t-SNE", JMLR 2008), exact, over all pairs of points. With p the
/// neighbour probabilities of eq. 1 and 2 at the perplexity asked for, and q ∝ 1 / (1 + ‖yᵢ −
/// yⱼ‖²), it descends KL(p ‖ q) by eq. 5 with momentum and gains, p exaggerated 12-fold for the
/// first half, step max(N / 48, 50) (Belkina et al., 2019; a 4 is in the gradient). Starts from
/// principal_map, so that it is deterministic. O(N²) memory: for up to some 2,000 points. Throws
/// Error on N < 4.
at::Tensor tsne(const at::Tensor& features, const MapOptions& options = {});

}  // namespace cmc::evaluation
