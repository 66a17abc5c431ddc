#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>

namespace cmc::data {

/// Reads a sound file (WAV, FLAC, MP3, Ogg Vorbis, Opus, … whatever libsndfile knows) to its end: 1
/// × T of float32, its channels averaged, at `rate` samples a second. Full scale is 1; a lossy
/// file's peaks may be higher. Streams that are chained in one Ogg file follow each other. Throws
/// UnreadableError, with the file, where it is missing, none of these, damaged or cut short.
cv::Mat decode_audio(const std::filesystem::path& path, std::int64_t rate);

/// A sound, 1 × T, from one rate to another: the band-limited interpolation of J. O. Smith
/// ("Digital audio resampling", 2002), a sinc of 32 zero crossings under a Kaiser window of β = 9,
/// its cutoff at 0.95 of the lower of the two Nyquist frequencies. Gives ⌈T · to / from⌉ samples.
/// Throws Error unless both rates are positive.
cv::Mat resample(const cv::Mat& sound, std::int64_t from, std::int64_t to);

}  // namespace cmc::data
