#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace cmc::information {

/// The multilinear score Σ_d Π_m u_md of each sample's own views, u the embeddings scaled to unit
/// length: [N]. `views`: M raw embeddings [N, D] of one type and device. Throws Error where they
/// differ in shape, or a row is zero or not finite.
at::Tensor own_tuple_scores(const std::vector<at::Tensor>& views);

/// What a batch shows of the total correlation of M views: the mean loss L of anchors that tell
/// their own tuple of the other views from k others, as what each block of samples adds to it.
///
/// The n = (k + 1)(M − 1) samples are cut into k + 1 blocks of M − 1 in succession. Each block
/// makes one tuple of the other views: its first sample gives the first of them, its second the
/// second. An anchor meets the tuples of the k blocks that are not its own, which hold no two
/// embeddings of one sample and none of the anchor's: independent draws from the product of the
/// views' marginals, independent of the anchor and its positive. So the expectation of log(k + 1) −
/// L is a lower bound of the total correlation Σ_m H(v_m) − H(v_1, …, v_M) for any encoders and any
/// τ (docs/theory.md). With the scores s/τ, s = Σ_d Π_m u_md,
///
///   ℓ_i = −log [exp(s_i⁺/τ) / (exp(s_i⁺/τ) + Σ_j exp(s_ij/τ))],
///
/// and L is its mean over all n anchors in each of the M views. Blocks are independent of each
/// other, and block j adds, as sample_influence has it, with p_ij the probability that anchor i
/// gives to tuple j,
///
///   u_j = 1/(M − 1) [Σ_{i∈j} ℓ_i + Σ_{i∉j} p_ij − 1/k Σ_{i∉j} (1 − e^{−ℓ_i})].
///
/// Their mean is L, and s/√(k + 1) of them is its standard error. For M = 2 blocks are samples, and
/// it is the mean of both directions of sample_influence.
///
/// `views`: M ≥ 2 raw embeddings [n, D] on the CPU, row i of all from one sample, samples in random
/// order. Returns float64 [k + 1]. Scores are made in blocks: memory is O(k · 512). Throws Error
/// where n is no multiple of M − 1 or there are fewer than two blocks, as own_tuple_scores does,
/// and unless τ > 0.
at::Tensor tuple_influence(const std::vector<at::Tensor>& views, double temperature);

}  // namespace cmc::information
