#include "cmc/data/decode/sound_files.h"

#include <opencv2/core.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "cmc/data/decode/decode_audio.h"
#include "cmc/data/decode/mp3.h"
#include "cmc/data/decode/resample.h"
#include "cmc/data/decode/sound_container.h"
#include "cmc/data/decode/sound_stream.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::data {
namespace {

/// The bytes of a file; nothing where it can't be mapped, which decode_audio() explains.
std::optional<files::FileBytes> mapped(const std::filesystem::path& path) {
  try {
    return files::map_file(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

SoundFiles::SoundFiles(std::int64_t rate)
    : rate_(rate), checked_(std::make_unique<CheckedFiles>()) {}

Excerpt SoundFiles::read(const std::filesystem::path& path, const ChooseStretch& choose) const {
  const auto all = [&] { return whole(decode_audio(path, rate_)); };
  if (!choose) return all();
  const std::uint64_t file = file_identity(path);
  const std::optional<files::FileBytes> bytes = mapped(path);
  if (!bytes) return all();
  check_sound_length(bytes->bytes, bytes->path);
  if (is_mp3(bytes->bytes) || chained_streams(bytes->bytes).size() > 1) return all();
  const SoundStream sound(bytes->bytes, bytes->path);
  if (!sound.can_be_entered()) return all();
  const std::int64_t length = *sound.length();
  if (length > most_samples) return all();
  const std::int64_t made = resampled_length(length, sound.rate(), rate_);
  if (made > most_samples) return all();
  if (!sound.cannot_be_damaged() && !checked_->contains(file)) {
    Excerpt decoded = all();
    checked_->add(file);
    return decoded;
  }
  const Stretch wanted = choose(made);
  check(wanted.first >= 0 && wanted.count > 0 && wanted.end() <= made,
        "{}: samples {} to {} were asked for; it has {}", bytes->path, wanted.first, wanted.end(),
        made);
  const Stretch support = resample_support(wanted, length, sound.rate(), rate_);
  try {
    const DecodedSound decoded = sound.read(support);
    const cv::Mat mono = cv::Mat(decoded.samples, true).reshape(1, 1);
    return {resample({mono, {support.first, length}}, wanted, sound.rate(), rate_),
            {wanted.first, made}};
  } catch (const UnreadableError&) {
    return all();  // entered in vain, such as by a wrong table of places; the whole decides
  }
}

}  // namespace cmc::data
