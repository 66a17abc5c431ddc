#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cmc::data {

/// Compares the length that the header of a WAV (RIFF, RF64), AIFF, AU or Wave64 file states with
/// the file's: libsndfile reads what is left of a cut one without a word. A length that a writer to
/// a pipe puts where it knows none (of 32 bits, 0x7ffff000 or more) stands for "to the end". Throws
/// UnreadableError, with `name` and the byte, where the sound is cut short or there is none.
void check_sound_length(std::span<const std::uint8_t> bytes, const std::string& name);

/// The streams of an Ogg file that follow each other (a chain, RFC 3533): each starts with the
/// pages that begin a stream. One, all bytes, for a file of another kind.
std::vector<std::span<const std::uint8_t>> chained_streams(std::span<const std::uint8_t> bytes);

}  // namespace cmc::data
