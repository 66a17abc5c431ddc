#include "cmc/data/decode/decoded_sound.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "cmc/error.h"

namespace cmc::data {

void append_frames(std::span<const float> frames, std::size_t channels, const std::string& name,
                   DecodedSound& sound) {
  const std::size_t count = frames.size() / channels;
  if (sound.samples.size() + count > std::numeric_limits<int>::max())
    throw UnreadableError(fmt::format("{}: longer than {} samples", name, sound.samples.size()));
  for (std::size_t i = 0; i < count; ++i) {
    float sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += frames[i * channels + c];
    sound.samples.push_back(sum / static_cast<float>(channels));
    if (!std::isfinite(sound.samples.back()))
      throw UnreadableError(
          fmt::format("{}: sample {} is not finite", name, sound.samples.size() - 1));
  }
}

}  // namespace cmc::data
