#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>

namespace cmc::benchmarks {

/// A picture with a photo's statistics: noise whose amplitude falls with its frequency (1 / f, as
/// in natural images), a few objects with sharp edges, and a camera's grain.
cv::Mat photo(cv::Size size, cv::RNG random);

/// Writes photos of 500 × 375 as JPEGs of quality 90, colour at half the resolution (4:2:0, the
/// encoder's default), and returns their mean size in bytes.
std::int64_t write_photos(const std::filesystem::path& folder, std::int64_t count);

}  // namespace cmc::benchmarks
