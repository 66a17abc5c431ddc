#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>

#include "cmc/views/pictures/color.h"
#include "cmc/views/pictures/picture.h"

namespace cmc::views {

// What `write` and `convert` do to one picture, for a batch of them and by tensor operations alone,
// so that the graph of an exported encoder can hold it. Values agree with those of `convert` to
// 1e-3 in the units of the definition, as those do.

/// uint8 [N, 3, H, W] to float32 of the same shape, in the units of the definition.
at::Tensor converted(ColorSpace space, const at::Tensor& rgb);

/// Channel c of what `converted` gave as (x − mean) / deviation, [N, 1, H, W].
at::Tensor normalized_channel(const at::Tensor& converted, int c,
                              const Normalization& normalization);

/// Those channels of a picture in a space, for a person: "the picture in the colour space lab, (L −
/// 50) / 50".
std::string channels_formula(ColorSpace space, std::span<const int> channels,
                             const Normalization& normalization);

/// uint8 [N, C, H, W] of `channels` = C channels to (x / 255 − mean) / deviation, float32.
at::Tensor normalized(const at::Tensor& pictures, std::int64_t channels,
                      const Normalization& normalization);

/// The columns and rows of a region of pictures [N, C, H, W].
at::Tensor cropped(const at::Tensor& pictures, const cv::Rect& region);

/// (x − mean) / deviation of one channel, written out: "(L − 50) / 50".
std::string normalization_formula(const std::string& value, double mean, double deviation);

/// What `normalized` does, for a person: "(x / 255 − 0.286) / 0.353" for each channel that differs.
std::string normalization_formula(std::int64_t channels, const Normalization& normalization);

}  // namespace cmc::views
