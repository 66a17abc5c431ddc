#include "cmc/draft/sound_look.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "cmc/data/decode/decode_audio.h"
#include "cmc/data/decode/sound_stream.h"
#include "cmc/draft/picture_look.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::draft {
namespace {

constexpr std::int64_t most_sounds = 32;
constexpr std::int64_t highest_rate = 16000;
/// What most sounds of one kind tell within, and a spectrogram that an encoder sees quickly.
constexpr double most_seconds = 3;

struct Length {
  std::int64_t rate;
  double seconds;
};

Length length_of(const std::filesystem::path& file) {
  std::vector<std::uint8_t> bytes;
  if (!std::filesystem::is_regular_file(file))
    throw UnreadableError(fmt::format("{}: there is no such file", file.string()));
  files::read_file(file, bytes);
  const data::SoundStream stream(bytes, file.string());
  const std::int64_t rate = stream.rate();
  const auto stated = stream.length();
  const double samples = stated ? static_cast<double>(*stated)
                                : static_cast<double>(data::decode_audio(file, rate).cols);
  return {rate, samples / static_cast<double>(rate)};
}

}  // namespace

std::int64_t SoundLook::view_rate() const {
  return std::min(rate, highest_rate);
}

double SoundLook::view_seconds() const {
  const double seconds = std::min(long_seconds, most_seconds);
  return std::max(0.1, std::ceil(20 * seconds) / 20);
}

std::string SoundLook::text() const {
  return fmt::format("at {} Hz, half of them longer than {:.2g} s", rate, median_seconds);
}

SoundLook look_at_sounds(const std::vector<std::filesystem::path>& files) {
  SoundLook look;
  std::vector<double> seconds;
  std::map<std::int64_t, std::int64_t> rates;
  for (const std::int64_t i : spread(static_cast<std::int64_t>(files.size()), most_sounds)) {
    try {
      const Length length = length_of(files[static_cast<std::size_t>(i)]);
      seconds.push_back(length.seconds);
      ++rates[length.rate];
      ++look.seen;
    } catch (const UnreadableError& error) {
      if (look.unreadable++ == 0) look.unreadable_example = error.what();
    }
  }
  check(look.seen > 0, "none of the {} sounds that were tried can be read; the first: {}",
        look.unreadable, look.unreadable_example);
  std::ranges::sort(seconds);
  look.rate =
      std::ranges::max_element(rates, {}, [](const auto& rate) { return rate.second; })->first;
  look.median_seconds = seconds[seconds.size() / 2];
  look.long_seconds = seconds[std::min(seconds.size() - 1, seconds.size() * 9 / 10)];
  return look;
}

}  // namespace cmc::draft
