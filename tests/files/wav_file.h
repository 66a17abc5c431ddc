#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cmc {

/// A WAV file of 16 bits.
inline std::string wav(const std::vector<std::int16_t>& samples, std::int16_t channels,
                       std::int32_t rate) {
  std::string bytes;
  const auto put = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto size = static_cast<std::int32_t>(samples.size() * 2);
  bytes += "RIFF";
  put(36 + size);
  bytes += "WAVEfmt ";
  put(std::int32_t{16});
  put(std::int16_t{1});
  put(channels);
  put(rate);
  put(rate * channels * 2);
  put(static_cast<std::int16_t>(channels * 2));
  put(std::int16_t{16});
  bytes += "data";
  put(size);
  for (const std::int16_t sample : samples) put(sample);
  return bytes;
}

}  // namespace cmc
