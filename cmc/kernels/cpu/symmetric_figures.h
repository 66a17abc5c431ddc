#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cmc/kernels/cpu/symmetric_tiles.h"
#include "cmc/kernels/excluded_pairs.h"

namespace cmc::kernels {

/// Number of negative pairs of n samples, each of which meets the others but for `excluded`.
std::int64_t negative_pairs(std::int64_t n, const ExcludedPairs& excluded);

/// Mean similarity over the `pairs` negative pairs of unit rows: the product of both sides' sums
/// holds every pair once. `positive`: similarity of each positive pair.
double mean_negative(const at::Tensor& a, const at::Tensor& b, const std::vector<double>& positive,
                     const ExcludedPairs& excluded, std::int64_t pairs);

/// The log odds of the first n anchors of one side (log_odds), at `scale`.
std::vector<double> side_log_odds(const NegativeFigures& side, const std::vector<double>& positive,
                                  const ScoreScale& scale);

/// softplus of each: the k-pair losses of log odds, nats.
std::vector<double> softplus_of(const std::vector<double>& log_odds);

/// The largest similarity of the first n anchors of one side with a negative, float32 [n].
at::Tensor hardest_of(const NegativeFigures& side, std::int64_t n);

/// float32 [n].
at::Tensor as_floats(const std::vector<double>& values);

/// An incoming gradient [n]; zeros where it is undefined.
std::vector<double> as_doubles(const at::Tensor& gradient, std::size_t n);

}  // namespace cmc::kernels
