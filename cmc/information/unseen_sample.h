#pragma once

#include <algorithm>

#include "cmc/information/confidence_interval.h"

namespace cmc::information {

/// The lower end of an interval of n samples' information where one sample more may show nothing:
/// low − mean/(n + 1), for a mean above 0. Near a ceiling all samples may be distinguished equally
/// well, and their spread then says nothing about a rare one that is not.
inline double low_with_unseen_sample(const ConfidenceInterval& interval) {
  return interval.low - std::max(interval.mean, 0.0) / static_cast<double>(interval.batches + 1);
}

}  // namespace cmc::information
