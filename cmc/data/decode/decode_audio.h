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

}  // namespace cmc::data
