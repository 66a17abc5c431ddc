#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "cmc/error.h"

namespace cmc::data {

/// The most bands that a picture may have.
inline constexpr int most_bands = 64;

/// A picture of many bands, with all that its file stores of them.
struct Bands {
  /// Height × width of float32, a channel a band, upright; NaN where there is no value.
  cv::Mat values;
  /// What its numbers were stored as: "16 bits without sign", "floats of 32 bits".
  std::string type;
};

/// Decodes a picture of 1 to most_bands bands by its content, whatever its name. Numbers are not
/// scaled; those of 32 bits and more are rounded to float32.
///
/// TIFF and BigTIFF, in strips or tiles, with bands side by side or in planes: numbers of 8, 16 or
/// 32 bits with or without sign, and floats of 32 or 64. Every sample is a band, one of alpha too.
/// Of several pages each adds its bands; smaller copies and masks are passed over. NaN, and what
/// GDAL's tag for no data names, is no value.
///
/// .npy: [H, W, C] or [C, H, W], whose axis of bands is the smaller of the first and the last, or
/// that of `expected` bands where just one of them is (0: not known); [H, W] is one band.
///
/// Throws UnreadableError, with `name` and the place, where the file is foreign, cut or damaged;
/// where its pages, or its bands, differ in size or type; where it has other numbers, more bands,
/// or more than most_pixels numbers; where one is infinite; and where none is a value.
Bands decode_bands(std::span<const std::uint8_t> bytes, const std::string& name,
                   std::int64_t expected = 0);

}  // namespace cmc::data
