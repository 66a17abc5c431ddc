#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cmc::benchmarks {

/// Samples a second of the sounds below.
inline constexpr int sound_rate = 16000;

/// Writes recordings of a minute, 16 bits and one channel: "0.wav", "1.wav", … or, with `ending`
/// "flac", FLAC. Returns their mean size in bytes.
std::int64_t write_sounds(const std::filesystem::path& folder, const std::string& ending,
                          std::int64_t count);

}  // namespace cmc::benchmarks
