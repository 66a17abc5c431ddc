#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "cmc/information/confidence_interval.h"

namespace cmc::evaluation {

/// The information bound with k negatives, nats.
struct InformationPoint {
  std::int64_t k = 0;
  double bound = 0;          ///< log k − L
  double tight_bound = 0;    ///< log(k + 1) − L
  double low = 0;            ///< of the 95 % interval of tight_bound
  double high = 0;           ///< at most the ceiling
  double ceiling = 0;        ///< log(k + 1)
  std::int64_t batches = 0;  ///< of k + 1 samples each, without a sample in common; in a bound on
                             ///< what M views share together of (k + 1)(M − 1)
};

/// The point of a loss with k negatives from the influences of all that its batches are made of,
/// float64 [n], whose mean is the loss. Its interval is corrected for their skewness.
InformationPoint information_point(std::int64_t k, std::int64_t batches,
                                   const at::Tensor& influences);

/// k from the smallest on, doubling, and the last. Throws Error unless smallest ≥ 1.
std::vector<std::int64_t> doubling(std::int64_t smallest, std::int64_t last);

/// The curves of both directions.
struct InformationCurves {
  std::vector<InformationPoint> forward;   ///< anchors from a, candidates from b
  std::vector<InformationPoint> backward;  ///< anchors from b, candidates from a
};

struct CurveOptions {
  /// τ of the critic exp(cos/τ). A bound holds for any; the tightest is near the one that trained.
  double temperature = 0.07;
  /// The first k; it doubles from there.
  std::int64_t smallest_k = 16;
  /// The last k; 0: all other samples, N − 1.
  std::int64_t largest_k = 0;
  std::uint64_t seed = 0;
  /// Told the share that is done, 0 … 1.
  std::function<void(double)> progress = nullptr;
};

/// What two views' held-out embeddings show of the information that they share, for k doubling up
/// to the largest: samples are shuffled and cut into batches of k + 1; in each batch a sample's
/// negatives are the others, drawn independently of it. Both directions come from the same scores.
/// The interval is that of the samples' influences (information::sample_influence), corrected for
/// their skewness (skewed_interval): near its ceiling a bound's error is far from symmetric. It
/// tells where the expectation over other samples lies, for these encoders and this k.
///
/// a, b: float [N, D], row i of both from one sample, not normalised. Throws Error where N < 3, a
/// row is zero or not finite, τ ≤ 0 or a k is out of range. smallest_k is lowered to N − 1 where
/// there are fewer samples.
InformationCurves information_curves(const at::Tensor& a, const at::Tensor& b,
                                     const CurveOptions& options);

/// The τ that makes log(k + 1) − L largest on these embeddings, both directions, with at most 2,048
/// of them, at even distances, in one batch: golden-section search in log τ within [0.01, 2]. To
/// hold encoders that were trained with different τ, or without one, against each other, take it
/// from training samples and measure on held-out ones.
double fit_critic_temperature(const at::Tensor& a, const at::Tensor& b);

}  // namespace cmc::evaluation
