#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

// Entropy and information of discrete variables from counts, in nats.

namespace cmc::information {

/// Counts of finite samples make entropy too low by about (m − 1)/(2N), with m the outcomes that
/// were seen; miller_madow adds that (Miller 1955, "Note on the bias of information estimates").
enum class EntropyCorrection { none, miller_madow };

/// counts[a, b] of how often (x = a, y = b): int64 [x_outcomes, y_outcomes]. x, y: int64 [N] in
/// 0 … outcomes − 1. Throws Error on other shapes or values.
at::Tensor joint_counts(const at::Tensor& x, const at::Tensor& y, std::int64_t x_outcomes,
                        std::int64_t y_outcomes);

/// H = −Σ pᵢ log pᵢ with p = counts / Σ counts. `counts`: counts or, without correction,
/// probabilities, of any shape (all entries are outcomes). Throws Error where one is negative or
/// their sum is not positive.
double entropy(const at::Tensor& counts, EntropyCorrection correction = EntropyCorrection::none);

/// H(X|Y) = H(X, Y) − H(Y). `joint`: counts or probabilities [X, Y].
double conditional_entropy(const at::Tensor& joint,
                           EntropyCorrection correction = EntropyCorrection::none);

/// I(X; Y) = H(X) − H(X|Y), each entropy corrected by its own outcomes. `joint`: counts or
/// probabilities [X, Y].
double mutual_information(const at::Tensor& joint,
                          EntropyCorrection correction = EntropyCorrection::none);

}  // namespace cmc::information
