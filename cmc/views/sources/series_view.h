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

/// What an encoder is given of a time series, and what happens to it in training.
struct SeriesViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::series;

  /// Time steps of the window: from the series' middle in evaluation, from a random place in
  /// training. A shorter series is padded behind its end.
  std::int64_t length = 256;
  /// Time steps a second. Above 0: the window has rate · seconds of them, in place of `length`.
  double rate = 0;
  double seconds = 1;

  /// Least share of the series that is taken in training, within (0, 1]: what is taken lasts a
  /// random share of it, from a random place. 1: all that the window has room for.
  double crop = 1;
  /// Time runs faster in some places and slower in others, by factors from 1 / (1 + warp) to
  /// 1 + warp (warped_places).
  double warp = 0;
  /// Groups of three channels, "first..last", the axes of a sensor; and by how many degrees they
  /// are turned at most, all groups alike, about a random axis.
  std::vector<std::string> rotation = {};
  double angle = 180;
  /// What is taken is cut in up to so many segments, which are put in a random order; 1: none.
  std::int64_t segments = 1;
  /// Each standardised channel is multiplied by a factor from 1 / (1 + scaling) to 1 + scaling.
  double scaling = 0;
  /// Deviation of Gaussian noise on the standardised values (jitter).
  double noise = 0;
  /// Probability with which each channel is set to its mean; one stays whatever is drawn.
  double channel_dropout = 0;
};

/// C + 1 channels of 1 × length: the series' channels, gaps filled (fill_gaps), standardised; a
/// channel without a number is 0. The last channel is 1 where there is a time step and 0 in the
/// padding (ViewShape::masked), where all others are 0. Throws Error that names the view, the
/// option, its value and its range.
std::shared_ptr<const PortableTransform> make_view(const SeriesViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// Those of the channels, over all time steps but gaps of up to measured_samples samples.
std::optional<Standardization> measure_view(const SeriesViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
