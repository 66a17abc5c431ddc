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

/// What an encoder is given of a recording.
enum class SoundFeatures {
  /// A spectrogram, 1 × bands × frames (log_mel.h).
  log_mel,
  /// 1 × 1 × T.
  waveform,
};

/// How a recording becomes a view, and what happens to it in training.
struct AudioViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::audio;

  SoundFeatures features = SoundFeatures::log_mel;
  /// Of the part that is taken: from the recording's middle in evaluation, from a random place in
  /// training. A shorter recording is padded with zeros, about its middle, or at random.
  double seconds = 1;
  /// log_mel.
  std::int64_t bands = 64;
  double window = 0.025;
  double hop = 0.010;
  double low = 20;
  double high = 0;

  /// Least share of the recording that is taken in training, within (0, 1]: what is taken lasts a
  /// random share of it, from a random place. 1: all that `seconds` has room for.
  double crop = 1;
  /// The loudness changes by a factor of up to so many decibels, up or down.
  double gain = 0;
  /// The recording is played faster or slower, its pitch along, by a factor from 1 / (1 + speed) to
  /// 1 + speed.
  double speed = 0;
  /// White noise of up to this share of the recording's root mean square.
  double noise = 0;
  /// log_mel: one band of time and one of frequencies of up to this share of the whole are set to
  /// the mean (Park et al., "SpecAugment", 1904.08779).
  double time_mask = 0;
  double frequency_mask = 0;
};

/// Without a standardization: the values as they are, to be measured. Throws Error that names the
/// view, the option, its value and its range.
std::shared_ptr<const PortableTransform> make_view(const AudioViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// Its one mean and deviation, over up to measured_samples samples, without the augmentation.
std::optional<Standardization> measure_view(const AudioViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
