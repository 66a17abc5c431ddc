#include "cmc/files/wav.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cmc::files {

std::string wav(std::span<const std::int16_t> sound, std::int64_t rate) {
  std::string bytes;
  const auto put = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto size = static_cast<std::uint32_t>(2 * sound.size());
  bytes += "RIFF";
  put(36 + size);
  bytes += "WAVEfmt ";
  put(std::uint32_t{16});
  put(std::uint16_t{1});  // PCM
  put(std::uint16_t{1});  // channels
  put(static_cast<std::uint32_t>(rate));
  put(static_cast<std::uint32_t>(2 * rate));
  put(std::uint16_t{2});
  put(std::uint16_t{16});
  bytes += "data";
  put(size);
  for (const std::int16_t sample : sound) put(sample);
  return bytes;
}

std::string wav(std::span<const float> sound, std::int64_t rate) {
  std::vector<std::int16_t> samples;
  samples.reserve(sound.size());
  for (const float x : sound)
    samples.push_back(static_cast<std::int16_t>(std::lround(32767 * std::clamp(x, -1.0f, 1.0f))));
  return wav(std::span<const std::int16_t>(samples), rate);
}

}  // namespace cmc::files
