#pragma once

#include <memory>

#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Two views whose sum is the picture: its low frequencies, that is the picture blurred by a
/// Gaussian (edges mirrored), and the rest. The rest is centred at zero: it is divided by the
/// deviation of the normalisation but no mean is taken from it.
struct FrequencyOptions {
  /// Standard deviation of the Gaussian in pixels of the picture that is split, within (0, 100].
  double sigma = 1.5;
};

/// Throws Error for a sigma out of range.
std::shared_ptr<const Split> make_split(const FrequencyOptions& options, const Frame& frame);

}  // namespace cmc::views
