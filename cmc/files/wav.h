#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cmc::files {

/// A WAV file of one channel and 16 bits. rate: samples a second.
std::string wav(std::span<const std::int16_t> sound, std::int64_t rate);

/// The same of a sound within [−1, 1]; what is beyond is cut off.
std::string wav(std::span<const float> sound, std::int64_t rate);

}  // namespace cmc::files
