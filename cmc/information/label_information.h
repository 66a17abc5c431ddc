#pragma once

#include <ATen/core/Tensor.h>

#include "cmc/information/confidence_interval.h"

namespace cmc::information {

/// What a representation holds of the labels, nats.
struct LabelInformation {
  double label_entropy = 0;  ///< H(y) of these samples' labels
  double cross_entropy = 0;  ///< mean −log q(y|z) of the probe
  /// H(y) − cross entropy, with its 95 % interval over samples. May be negative: a probe can be
  /// worse than knowing nothing.
  ConfidenceInterval bound;
};

/// I(z; y) ≥ H(y) − E[−log q(y|z)] for any probe q (Barber and Agakov 2003, "The IM algorithm",
/// eq. 3; Poole et al. 2019, eq. 2): a bound on samples that q was not fitted to. `logits`: the
/// probe's, float [N, K]; labels: int64 [N] in 0 … K − 1. Throws Error on other shapes or labels.
///
/// The interval is of the values −log p̂(yᵢ) + log q(yᵢ|zᵢ), p̂ the shares of these samples' classes,
/// whose mean the bound is: H(y) is estimated too. It is corrected for their skewness
/// (skewed_interval); its upper end is raised by what N samples make an entropy too low (Miller and
/// Madow's (m − 1)/(2N), m the classes that are there), and is log K at most.
LabelInformation label_information(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace cmc::information
