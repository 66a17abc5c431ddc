#pragma once

#include <cstdint>
#include <limits>
#include <opencv2/core/mat.hpp>

#include "cmc/data/excerpt.h"

namespace cmc::data {

/// The samples that a sound may have: the columns of a matrix.
inline constexpr std::int64_t most_samples = std::numeric_limits<int>::max();

/// ⌈length · to / from⌉, for length and rates below 2³¹: the samples that resample() makes.
std::int64_t resampled_length(std::int64_t length, std::int64_t from, std::int64_t to);

/// A sound, 1 × T, from one rate to another: the band-limited interpolation of J. O. Smith
/// ("Digital audio resampling", 2002), a sinc of 32 zero crossings under a Kaiser window of β = 9,
/// its cutoff at 0.95 of the lower of the two Nyquist frequencies. Gives ⌈T · to / from⌉ samples.
/// Throws Error unless both rates are positive.
cv::Mat resample(const cv::Mat& sound, std::int64_t from, std::int64_t to);

/// The samples of a sound of `length` that samples `made` of the resampled one are made of: the
/// taps of the filter reach beyond them on both sides.
Stretch resample_support(const Stretch& made, std::int64_t length, std::int64_t from,
                         std::int64_t to);

/// Samples `made` of resample(), bit for bit, from an excerpt that holds their resample_support().
cv::Mat resample(const Excerpt& sound, const Stretch& made, std::int64_t from, std::int64_t to);

}  // namespace cmc::data
