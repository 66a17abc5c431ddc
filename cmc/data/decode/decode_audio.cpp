#include "cmc/data/decode/decode_audio.h"

#include <opencv2/core.hpp>
#include <span>
#include <vector>

#include "cmc/data/decode/decoded_sound.h"
#include "cmc/data/decode/mp3.h"
#include "cmc/data/decode/resample.h"
#include "cmc/data/decode/sound_container.h"
#include "cmc/data/decode/sound_stream.h"
#include "cmc/data/decode/value_bytes.h"
#include "cmc/error.h"

namespace cmc::data {

cv::Mat decode_audio(const std::filesystem::path& path, std::int64_t rate) {
  const std::string name = path.string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw UnreadableError(fmt::format("{}: there is no such file", name));
  const std::vector<std::uint8_t>& bytes = value_bytes(path);
  check_sound_length(bytes, name);
  cv::Mat sound;
  for (const std::span<const std::uint8_t> stream : chained_streams(bytes)) {
    // Of an MP3 without a Xing header libsndfile takes the length for what the first frames' bit
    // rate promises, and reads no further.
    const DecodedSound decoded =
        is_mp3(stream) ? decode_mp3(stream, name) : SoundStream(stream, name).read();
    if (decoded.samples.empty()) throw UnreadableError(fmt::format("{}: holds no sound", name));
    if (resampled_length(static_cast<std::int64_t>(decoded.samples.size()), decoded.rate, rate) >
        most_samples)
      throw UnreadableError(
          fmt::format("{}: {} samples at {} a second, by its header, are more than {} at {}", name,
                      decoded.samples.size(), decoded.rate, most_samples, rate));
    const cv::Mat mono = cv::Mat(decoded.samples, true).reshape(1, 1);
    const cv::Mat next = resample(mono, decoded.rate, rate);
    if (sound.empty()) {
      sound = next;
    } else {
      cv::hconcat(sound, next, sound);
    }
  }
  return sound;
}

}  // namespace cmc::data
