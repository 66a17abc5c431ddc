#pragma once

#include <string>

namespace cmc::information {

/// What a k-pair loss says of the information that two views share, in nats. The one place where
/// the library turns a loss into information.
///
/// On held-out samples, with embeddings computed anew and negatives drawn independently of the
/// anchor, both values are lower bounds: I(v₁; v₂) ≥ I(z₁; z₂) ≥ bound. Of the scores of training
/// they are training estimates (docs/theory.md).
struct InfoNce {
  double bound = 0;          ///< log k − L (Tian et al. 2019, eq. 4)
  double tight_bound = 0;    ///< log(k + 1) − L (Poole et al. 2019, eq. 10, with K = k + 1)
  double bound_ceiling = 0;  ///< log k, which `bound` never exceeds
  double ceiling = 0;        ///< log(k + 1), which `tight_bound` never exceeds
};

/// From the mean k-pair loss L of one direction, in nats, over anchors with k negatives each. k may
/// be a mean over anchors. Where k = 0 there was no negative: `bound` and its ceiling are −∞, the
/// others 0 − L and 0. Throws Error where k is negative or not finite.
InfoNce info_nce(double k, double loss);

/// Whether a bound says anything: information is never negative, and one that shows as 0.00 bits or
/// less leaves all open.
bool informative(double bound);

/// What a bound, nats, says in words: "at least 8.58 bits"; "at least 0 bits" where it is not
/// informative.
std::string at_least(double bound);

}  // namespace cmc::information
