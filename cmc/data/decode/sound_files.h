#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "cmc/data/decode/checked_files.h"
#include "cmc/data/excerpt.h"

namespace cmc::data {

/// Sound files at one rate, of which only the samples are read that are asked for. Safe to call
/// from several threads.
class SoundFiles {
 public:
  /// `rate`: samples a second that every sound is brought to.
  explicit SoundFiles(std::int64_t rate);

  /// The stretch of decode_audio()'s samples that `choose` names, bit for bit, or more: of a file
  /// of plain samples (WAV, AIFF, AU, …) and of FLAC no more is read than that stretch and what
  /// resampling it takes. MP3, Ogg Vorbis and Opus can't be entered anywhere and are read whole, as
  /// is, the first time, what may be damaged anywhere (FLAC, floats): a damaged file is refused
  /// whichever stretch is asked for. Throws what decode_audio() throws, for the same files.
  Excerpt read(const std::filesystem::path& path, const ChooseStretch& choose) const;

 private:
  std::int64_t rate_;
  std::unique_ptr<CheckedFiles> checked_;
};

}  // namespace cmc::data
