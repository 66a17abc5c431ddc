#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::information {

/// What each sample adds to the mean k-pair loss of a batch, k = N − 1, in both directions.
struct SampleInfluence {
  at::Tensor rows;     ///< float64 [N], of the loss whose anchors are the a_i
  at::Tensor columns;  ///< float64 [N], of the loss whose anchors are the b_j
};

/// A sample is an anchor and every other anchor's negative, so that the anchors' losses ℓ_i are not
/// independent, and their spread says too little of how far their mean L lies from its expectation.
/// The derivative of L by a sample's weight holds both parts (the infinitesimal jackknife; Jaeckel
/// 1972; Efron and Tibshirani 1993, chapter 22):
///
///   u_j = ℓ_j + Σ_{i≠j} p_ij − 1/k Σ_{i≠j} (1 − e^{−ℓ_i}),
///
/// with p_ij the probability that anchor i gives to candidate j. Their mean is L, and s/√N of them
/// is the standard error of L at this very k: nothing is left out, and k does not change.
///
/// a, b: raw embeddings [N, D] on the CPU, row i of both from one sample, normalised inside;
/// critic exp(cos/τ). Scores are made in blocks: memory is O(N · 512). Throws Error as
/// kernels::contrast does.
SampleInfluence sample_influence(const at::Tensor& a, const at::Tensor& b, double temperature);

}  // namespace cmc::information
