#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cmc::data {

/// A sound as its file has it, its channels averaged.
struct DecodedSound {
  std::int64_t rate = 0;
  std::vector<float> samples;
};

/// Appends frames of interleaved channels, averaged. Throws UnreadableError, with `name`, where one
/// is not finite or where the sound has more samples than a matrix can.
void append_frames(std::span<const float> frames, std::size_t channels, const std::string& name,
                   DecodedSound& sound);

}  // namespace cmc::data
