#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "cmc/views/pictures/color.h"

namespace cmc::views {

/// A picture ready to be cut into views. A flip is not carried out but noted, and made good where
/// pixels are read for the last time.
struct Picture {
  /// 8 or 16 bits a channel, 1 (grey) or 3 (R, G, B) channels. May share memory with the data set
  /// or with a buffer of this thread: never written to, and valid until this thread augments its
  /// next picture.
  cv::Mat pixels;
  Direction direction = Direction::forward;
};

/// How channel values become the numbers that an encoder sees: (x − mean) / deviation. x of a grey
/// or RGB picture is in [0, 1], that of another colour space in the units of its definition. Each
/// list holds one number for all channels or one a channel; empty lists mean the middle and
/// half the width of the channel's range over all sRGB colours, so that values fill [−1, 1].
struct NormalizationOptions {
  std::vector<double> mean = {};
  std::vector<double> deviation = {};
};

/// NormalizationOptions for the channels at hand.
struct Normalization {
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{1, 1, 1};
};

/// Resolves options for the three channels of `space`; of grey pictures only the first entry
/// counts, and `channels` is 1. Throws Error that names the option where a list has the wrong
/// length or a deviation is not positive.
Normalization resolve(const NormalizationOptions& options, ColorSpace space, std::int64_t channels);

/// Writes a region of the picture, as it is seen after the flip, as float32 [height, width,
/// channels], channels last. `channels` is 1 or 3; a grey picture fills all three alike. Throws
/// Error for an RGB picture where one channel is asked for.
void write(const Picture& picture, const cv::Rect& region, std::int64_t channels,
           const Normalization& normalization, float* row);

/// Converts a whole picture, as it is seen after the flip. targets[c] is where the first pixel's
/// channel c goes; rows follow each other. A grey picture counts as R = G = B.
void write(const Picture& picture, ColorSpace space, std::array<ChannelTarget, 3> targets);

/// An 8-bit RGB picture of a view that `write` made: float32 [height, width, channels] brought back
/// to [0, 1], rounded and clamped.
cv::Mat to_rgb8(const float* row, cv::Size size, std::int64_t channels,
                const Normalization& normalization);

}  // namespace cmc::views
