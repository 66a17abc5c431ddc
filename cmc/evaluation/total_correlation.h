#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cmc/evaluation/information_curve.h"

namespace cmc::evaluation {

/// What three views or more share, pair by pair and only together: lower bounds of their total
/// correlation Σ_m H(v_m) − H(v_1, …, v_M).
struct TotalCorrelation {
  std::int64_t views = 0;                ///< M
  std::int64_t samples = 0;              ///< held out, that have all views
  double temperature = 0;                ///< τ that they are read at
  std::vector<InformationPoint> points;  ///< k ascending; empty where the samples are too few

  /// The most negatives that the samples leave an anchor: M − 1 samples each.
  std::int64_t most_k() const { return samples / (views - 1) - 1; }
};

/// Samples that a bound on the total correlation of so many views needs: 3 tuples' worth.
std::int64_t least_tuple_samples(std::int64_t views);

/// What M views' held-out embeddings show of their total correlation, by the multilinear critic
/// exp(Σ_d Π_m u_md / τ) (Saporta et al. 2024, arXiv 2411.01053), for k doubling up to the largest:
/// samples are shuffled and cut into batches of (k + 1)(M − 1), in each of which an anchor meets k
/// tuples of other samples' views, no two of one sample (information::tuple_influence). The mean
/// over the M views as anchors. Intervals are those of the blocks' influences, as
/// information_curves has them.
///
/// `views`: M ≥ 2 float [N, D], row i of all from one sample, not normalised. options.largest_k: at
/// most N/(M − 1) − 1, which is what 0 stands for. Throws Error where N < least_tuple_samples, a
/// row is zero or not finite, τ ≤ 0 or a k is out of range.
std::vector<InformationPoint> total_correlation_curve(const std::vector<at::Tensor>& views,
                                                      const CurveOptions& options);

/// The τ that makes log(k + 1) − L of the multilinear critic largest on these embeddings, in one
/// batch: golden-section search in log τ from a hundredth of the root mean square of the samples'
/// own scores to a hundred times that, since a product of M unit vectors' entries shrinks with D
/// and M. Take it from training samples and measure on held-out ones. 1 where all own scores are 0.
/// Throws Error as total_correlation_curve does.
double fit_tuple_temperature(const std::vector<at::Tensor>& views, std::uint64_t seed);

}  // namespace cmc::evaluation
