#pragma once

#include <cstdint>
#include <memory>

#include "cmc/data/dataset.h"

namespace cmc::data {

struct ImputeOptions {
  /// Dimensions of the latent variable, and iterations of expectation maximisation.
  std::int64_t rank = 32;
  int iterations = 15;
  /// The model is fitted to at most so many samples, at even distances.
  std::int64_t fitted_samples = 4000;
};

/// Whether there are numbers to fill gaps from: two samples and two numeric columns at least, and
/// at most 2²⁶ numbers in all, which stay in memory.
bool can_be_imputed(const Dataset& dataset);

/// A data set whose tables have no gaps: each missing number is replaced by its expectation given
/// all numbers that the sample has, in any table, under a Gaussian of low rank. The standardised
/// numbers x of all tables side by side are x = W c + μ + ε, c ~ N(0, I), ε ~ N(0, σ²):
/// probabilistic principal components (Tipping and Bishop 1999), fitted by expectation maximisation
/// over what is observed (Ilin and Raiko 2010, section 3).
///
/// For training alone: what is filled in a view comes from the sample's other views too, which a
/// held-out sample's must not. A table that a sample lacks as a whole stays missing, as do
/// categorical columns. Returns `dataset` itself where no number is missing, and where it can't be
/// imputed.
std::shared_ptr<const Dataset> imputed(std::shared_ptr<const Dataset> dataset,
                                       const ImputeOptions& options = {});

}  // namespace cmc::data
