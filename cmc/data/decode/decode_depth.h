#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

namespace cmc::data {

/// Decodes a picture of distances from its file's bytes: 16-bit grey PNG or TIFF, or float TIFF.
/// Gives height × width float32 metres, a stored value times `unit`; NaN where the sensor saw
/// nothing: the values 0 and the largest that fits, and what is not finite or not positive. `name`
/// stands for the file in errors. Throws UnreadableError for another kind of file or a damaged one.
cv::Mat decode_depth(std::span<const std::uint8_t> bytes, const std::string& name, double unit);

}  // namespace cmc::data
