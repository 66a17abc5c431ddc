#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/view_origin.h"

namespace cmc::views {

/// Which bands of a picture become a view, and what happens to it in training.
struct BandsViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::bands;

  /// The bands in their order: by name, by place ("#1" is the first), or ranges of these
  /// ("nir..swir2"); empty: all.
  std::vector<std::string> select = {};
  /// Side in pixels of the view, within [1, 8192].
  std::int64_t size = 64;
  /// Its crop, flip and blur; bands are no colours.
  AugmentationOptions augmentation = {};
  /// Whether it is turned by 0, 1, 2 or 3 right angles, each as likely: from above nothing is up.
  bool quarter_turns = false;
  /// Deviation of Gaussian noise on the standardised values.
  double noise = 0;
};

/// The places of the bands that `select` names, among `count` of them, whose names are `names` or
/// which have none. Throws Error that names the view and the nearest band where one isn't there,
/// and where one is named twice.
std::vector<std::size_t> selected_bands(const std::vector<std::string>& select,
                                        const std::vector<data::TableColumn>& names,
                                        std::int64_t count, const std::string& view);

/// Bands × size × size: the selected bands of the augmentation's window, each standardised; 0, the
/// mean, where there is no value. A pixel of the view is the mean of those under it that have a
/// value, weighted by the part that is covered, along a side that shrinks; along one that grows it
/// lies between its two neighbours. Without a standardization: the values as they are stored, NaN
/// where there is none, to be measured. Shown: the first three bands as red, green and blue, from
/// −2.5 to 2.5 deviations; of fewer the first in grey. Throws Error that names the option, its
/// value and its range.
std::shared_ptr<const PortableTransform> make_view(const BandsViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// Each band's mean and deviation, over up to measured_samples samples, without the augmentation.
std::optional<Standardization> measure_view(const BandsViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
