#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

// Variational bounds on mutual information from the scores of a critic f(x, y) (Poole et al. 2019,
// "On Variational Bounds of Mutual Information", arXiv 1905.06922).
//
// `scores` is float [N, N] with s_ij = f(x_i, y_j): the diagonal holds pairs from p(x, y), the rest
// pairs from p(x) p(y). Results are scalar tensors in nats, differentiable in the scores, so that
// what measures also trains a critic (maximise it). Sums of exponentials are shifted by their
// largest term. Each throws Error unless the scores are a square matrix of floating type with
// N ≥ 2.

namespace cmc::information {

/// The k-pair loss L = mean_i −log [exp s_ii / Σ_j exp s_ij], k = N − 1. With info_nce (info_nce.h)
/// it is the InfoNCE bound.
at::Tensor k_pair_loss(const at::Tensor& scores);

/// The same where each anchor has its own negatives: positive [N], negative [N, k], k ≥ 1.
at::Tensor k_pair_loss(const at::Tensor& positive, const at::Tensor& negative);

/// The InfoNCE bound log(k + 1) − L with k = N − 1 (eq. 10). At most log N.
at::Tensor info_nce_bound(const at::Tensor& scores);

/// The bound of Nguyen, Wainwright and Jordan (2010), also f-GAN KL and MINE-f (eq. 6):
///
///   mean_i s_ii − e⁻¹ mean_{i≠j} exp s_ij.
///
/// Tight at f = 1 + log [p(y|x)/p(y)]. It has no ceiling, but its variance grows with exp I: with
/// that critic and correlated Gaussians, n independent pairs give the second term (e^{2I} − 1)/n.
at::Tensor nwj_bound(const at::Tensor& scores);

/// The interpolated bound I_α between NWJ (α → 0) and InfoNCE (α = 1) (section 2.4 and the paper's
/// code):
///
///   1 + E[ s_ii − log(α m + (1 − α) q_i) ] − E[ exp s_ij / (α m + (1 − α) q_i) ]
///
/// with m the mean of exp s over K = N − 1 entries of row i that include the positive in the first
/// expectation and leave it out in the second. `log_baseline` [N]: log q of each row, learned or 0.
/// Throws Error unless 0 ≤ α ≤ 1.
at::Tensor interpolated_bound(const at::Tensor& scores, const at::Tensor& log_baseline,
                              double alpha);

/// What interpolated_bound never exceeds for a batch of N: log((k + 1)/α) for α = 1, and 1 more for
/// α < 1, with k + 1 = N − 1; infinite for α = 0. (The paper has log((k + 1)/α) throughout, which
/// holds where the second expectation is 1. A critic whose independent pairs all score far below q
/// makes that expectation vanish: see docs/theory.md.)
double interpolated_ceiling(std::int64_t batch, double alpha);

/// The Donsker–Varadhan value mean_i s_ii − log mean_{i≠j} exp s_ij (eq. 4). With expectations it
/// is a lower bound; with a mean over samples inside the logarithm it is neither a lower nor an
/// upper bound, and so it is called an estimate.
at::Tensor donsker_varadhan_estimate(const at::Tensor& scores);

/// One step of MINE.
struct Mine {
  at::Tensor estimate;          ///< the value of donsker_varadhan_estimate, with MINE's gradient
  at::Tensor running_log_mean;  ///< scalar without gradient: hand it to the next step
};

/// The Donsker–Varadhan estimate with the bias-corrected gradient of MINE (Belghazi et al. 2018,
/// arXiv 1801.04062, section 3.2):
///
///   ∇ = ∇ mean_i s_ii − ∇ mean_{i≠j} exp s_ij / r,
///
/// where r is a running mean of mean_{i≠j} exp s_ij over steps, r ← momentum · r + (1 − momentum) ·
/// this batch's. `running_log_mean` is log r, undefined at the first step. Throws Error unless
/// 0 ≤ momentum < 1.
Mine mine_estimate(const at::Tensor& scores, const at::Tensor& running_log_mean,
                   double momentum = 0.99);

}  // namespace cmc::information
