#pragma once

#include <memory>
#include <string>

#include "cmc/data/source.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/standardization.h"

namespace cmc::views {

/// What happens to an array in training.
struct ArrayViewOptions {
  /// Probability with which each value is set to its channel's mean.
  double dropout = 0;
  /// Deviation of Gaussian noise on the standardised values.
  double noise = 0;
};

/// An array as it is stored, channels × height × width as SourceShape reads its dimensions, each
/// channel standardised; NaN counts as missing and is 0. What an exported encoder takes is float64
/// where `known` does not fit float32 (fits_float32).
std::shared_ptr<const PortableTransform> make_array_view(const std::string& name,
                                                         std::size_t source,
                                                         const data::Source& array,
                                                         const ArrayViewOptions& options, Mode mode,
                                                         const Standardization& known);

}  // namespace cmc::views
