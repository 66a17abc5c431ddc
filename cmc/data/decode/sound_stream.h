#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cmc/data/decode/decoded_sound.h"
#include "cmc/data/excerpt.h"

namespace cmc::data {

/// A sound that libsndfile decodes.
class SoundStream {
 public:
  /// `bytes` outlive it; `name` stands for the file in errors. Throws UnreadableError where they
  /// are no sound that libsndfile knows, hold none, or state a rate that no sound has.
  SoundStream(std::span<const std::uint8_t> bytes, std::string name);
  ~SoundStream();

  std::int64_t rate() const;
  /// Samples that its header states; none where it states no length.
  std::optional<std::int64_t> length() const;

  /// Whether it can be entered at any sample and then decodes as from its beginning: FLAC, and
  /// samples of a fixed size one after the other.
  bool can_be_entered() const;
  /// Whether any bytes are a sound: samples that are whole numbers, as they are. What is coded, and
  /// floats, which may be infinite, can be damaged anywhere.
  bool cannot_be_damaged() const;

  /// All of it. Throws UnreadableError where it is damaged, cut short, or does not say where it
  /// ends.
  DecodedSound read() const;
  /// Some samples, within its length, of a stream that can be entered.
  DecodedSound read(const Stretch& stretch) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
  std::string name_;
};

}  // namespace cmc::data
