#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/decoded_sound.h"
#include "cmc/error.h"

namespace cmc::data {

/// Whether a file starts as an MP3 does: with the header of an MPEG audio frame, behind any tags.
bool is_mp3(std::span<const std::uint8_t> bytes);

/// Decodes an MP3 (MPEG layer I to III) to its last frame, whatever length its header or its first
/// frames promise. Throws UnreadableError, with `name`, where it holds no frame, changes its rate
/// or its channels, or has fewer frames than its Xing, Info or VBRI header states: a file without
/// such a header does not say where it ends.
DecodedSound decode_mp3(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
