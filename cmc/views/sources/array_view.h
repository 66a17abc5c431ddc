#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cmc/data/dataset.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/view_origin.h"

namespace cmc::views {

/// What happens to an array in training.
struct ArrayViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::array;

  /// Probability with which each value is set to its channel's mean.
  double dropout = 0;
  /// Deviation of Gaussian noise on the standardised values.
  double noise = 0;
};

/// An array as it is stored, channels × height × width as SourceShape reads its dimensions, each
/// channel standardised; NaN counts as missing and is 0. What an exported encoder takes is float64
/// where `known` does not fit float32 (fits_float32).
std::shared_ptr<const PortableTransform> make_view(const ArrayViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// Those of the channels, over up to measured_samples samples.
std::optional<Standardization> measure_view(const ArrayViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
