#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cmc/data/dataset.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/view_origin.h"

namespace cmc::views {

/// How a picture of distances becomes a view, and what happens to it in training.
struct DepthViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::depth;

  /// Side in pixels of the view, within [1, 8192].
  std::int64_t size = 64;
  /// Its crop and flip; distances have no colours.
  AugmentationOptions augmentation = {};
};

/// 2 × size × size: the distances, standardised, 0 where the sensor saw nothing, and 1 where it saw
/// something. From the augmentation's window pixels are taken, not averaged, so that no distance is
/// made up at an edge. Without a standardization: the first channel alone in metres, NaN where
/// nothing was seen, to be measured. Throws Error that names the option, its value and its range.
std::shared_ptr<const PortableTransform> make_view(const DepthViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// The distances' mean and deviation, over up to measured_samples samples, without the
/// augmentation.
std::optional<Standardization> measure_view(const DepthViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
