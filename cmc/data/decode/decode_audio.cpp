#include "cmc/data/decode/decode_audio.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <opencv2/core.hpp>
#include <span>
#include <vector>

#include "cmc/data/decode/decoded_sound.h"
#include "cmc/data/decode/mp3.h"
#include "cmc/data/decode/sound_container.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::data {
namespace {

constexpr int zero_crossings = 32;
constexpr double kaiser_beta = 9;
constexpr double rolloff = 0.95;
/// Of a file, in samples a second: ultrasound is below it, and a filter's taps stay below 300 MB.
constexpr int highest_rate = 1'000'000;
/// A damaged header's 3 samples a second would be made ten thousand times as many.
constexpr int lowest_rate = 100;

/// Of one sound: as many as a row of a matrix can have.
constexpr std::int64_t most_samples = std::numeric_limits<int>::max();

/// ⌈length · to / from⌉, for length and rates below 2³¹.
std::int64_t resampled_length(std::int64_t length, std::int64_t from, std::int64_t to) {
  return (length * to + from - 1) / from;
}

double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-12 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/// Taps of the interpolation, one row a phase; all in units of input samples.
struct Filter {
  std::int64_t phases = 1, step = 1;
  int half = 0;  // taps reach from −half + 1 to half
  std::vector<float> taps;

  Filter(std::int64_t from, std::int64_t to) {
    const std::int64_t divisor = std::gcd(from, to);
    phases = to / divisor;
    step = from / divisor;
    const double cutoff =
        rolloff * std::min(1.0, static_cast<double>(to) / static_cast<double>(from));
    half = static_cast<int>(std::ceil(zero_crossings / cutoff));
    taps.resize(static_cast<std::size_t>(phases * 2 * half));
    for (std::int64_t p = 0; p < phases; ++p) {
      for (int k = 0; k < 2 * half; ++k) {
        const double x = static_cast<double>(p) / static_cast<double>(phases) - (k - half + 1);
        const double place = x * cutoff / zero_crossings;
        double value = 0;
        if (std::abs(place) < 1) {
          const double angle = std::numbers::pi * cutoff * x;
          const double sinc = angle == 0 ? 1 : std::sin(angle) / angle;
          value = cutoff * sinc * bessel_i0(kaiser_beta * std::sqrt(1 - place * place)) /
                  bessel_i0(kaiser_beta);
        }
        taps[static_cast<std::size_t>(p * 2 * half + k)] = static_cast<float>(value);
      }
    }
  }
};

/// Filters that were made, by rates: there are few of them and each serves a whole data set.
std::shared_ptr<const Filter> filter_of(std::int64_t from, std::int64_t to) {
  static std::mutex mutex;
  static std::map<std::pair<std::int64_t, std::int64_t>, std::shared_ptr<const Filter>> made;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Filter>& filter = made[{from, to}];
  if (!filter) filter = std::make_shared<Filter>(from, to);
  return filter;
}

/// What libsndfile reads from.
struct SoundBytes {
  std::span<const std::uint8_t> bytes;
  sf_count_t at = 0;

  sf_count_t size() const { return static_cast<sf_count_t>(bytes.size()); }
};

SF_VIRTUAL_IO reader_of_bytes() {
  SF_VIRTUAL_IO io{};
  io.get_filelen = [](void* source) { return static_cast<SoundBytes*>(source)->size(); };
  io.tell = [](void* source) { return static_cast<SoundBytes*>(source)->at; };
  io.seek = [](sf_count_t offset, int whence, void* user) {
    auto& source = *static_cast<SoundBytes*>(user);
    const sf_count_t from = whence == SEEK_CUR ? source.at : whence == SEEK_END ? source.size() : 0;
    return source.at = std::clamp<sf_count_t>(from + offset, 0, source.size());
  };
  io.read = [](void* to, sf_count_t length, void* user) {
    auto& source = *static_cast<SoundBytes*>(user);
    const sf_count_t count = std::clamp<sf_count_t>(length, 0, source.size() - source.at);
    std::copy_n(source.bytes.data() + source.at, count, static_cast<std::uint8_t*>(to));
    source.at += count;
    return count;
  };
  io.write = [](const void*, sf_count_t, void*) { return sf_count_t{0}; };
  return io;
}

/// Reads block by block until there is no more, since a header may promise any length: of an Ogg
/// file whose end is missing libsndfile says that it is endless.
DecodedSound read_sound(SNDFILE* file, const SF_INFO& info, const std::string& name) {
  constexpr sf_count_t block = 16384;
  const auto channels = static_cast<std::size_t>(info.channels);
  DecodedSound sound{.rate = info.samplerate, .samples = {}};
  std::vector<float> frames(static_cast<std::size_t>(block) * channels);
  while (const sf_count_t count = sf_readf_float(file, frames.data(), block))
    append_frames(std::span<const float>(frames).first(static_cast<std::size_t>(count) * channels),
                  channels, name, sound);
  const auto found = static_cast<sf_count_t>(sound.samples.size());
  // A FLAC that was written to a pipe states no length: its frames tell.
  const bool flac = (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
  if (info.frames == SF_COUNT_MAX && !flac)
    throw UnreadableError(fmt::format(
        "{}: cut short, or written to a pipe: what says that it ends is missing", name));
  if (found != info.frames && info.frames != SF_COUNT_MAX)
    throw UnreadableError(fmt::format("{}: damaged or cut short: {} of {} samples can be read",
                                      name, found, info.frames));
  return sound;
}

DecodedSound decode_stream(std::span<const std::uint8_t> bytes, const std::string& name) {
  SoundBytes source{bytes};
  SF_VIRTUAL_IO io = reader_of_bytes();
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(
      sf_open_virtual(&io, SFM_READ, &info, &source), sf_close);
  if (!file) {
    const std::string reason =
        sf_error(nullptr) == 0 ? "" : fmt::format(": {}", sf_strerror(nullptr));
    throw UnreadableError(
        fmt::format("{}: byte 0: not a readable sound file (WAV, FLAC, MP3, Ogg Vorbis or Opus){}",
                    name, reason));
  }
  if (info.frames <= 0 || info.channels <= 0)
    throw UnreadableError(fmt::format("{}: holds no sound", name));
  if (info.samplerate < lowest_rate || info.samplerate > highest_rate)
    throw UnreadableError(
        fmt::format("{}: {} samples a second by its header, which is damaged; {} to {} are read",
                    name, info.samplerate, lowest_rate, highest_rate));
  return read_sound(file.get(), info, name);
}

}  // namespace

cv::Mat resample(const cv::Mat& sound, std::int64_t from, std::int64_t to) {
  check(from > 0 && to > 0, "sound of {} samples a second was asked for at {}: both are positive",
        from, to);
  if (from == to) return sound;
  const std::shared_ptr<const Filter> filter = filter_of(from, to);
  const std::int64_t length = sound.cols, made = resampled_length(length, from, to);
  check(made <= most_samples, "a sound of {} samples at {} a second would have more than {} at {}",
        length, from, most_samples, to);
  check(made <= std::numeric_limits<int>::max(), "a sound of {} samples at {} a second is too long",
        made, to);
  cv::Mat result(1, static_cast<int>(made), CV_32FC1);
  const float* const x = sound.ptr<float>();
  float* const y = result.ptr<float>();
  for (std::int64_t n = 0; n < made; ++n) {
    const std::int64_t place = n * filter->step;
    const float* const taps = filter->taps.data() + place % filter->phases * 2 * filter->half;
    const std::int64_t first = place / filter->phases - filter->half + 1;
    const std::int64_t begin = std::max<std::int64_t>(0, -first);
    const std::int64_t end = std::min<std::int64_t>(2 * filter->half, length - first);
    float sum = 0;
    for (std::int64_t k = begin; k < end; ++k) sum += taps[k] * x[first + k];
    y[n] = sum;
  }
  return result;
}

cv::Mat decode_audio(const std::filesystem::path& path, std::int64_t rate) {
  const std::string name = path.string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw UnreadableError(fmt::format("{}: there is no such file", name));
  std::vector<std::uint8_t> bytes;
  try {
    files::read_file(path, bytes);
  } catch (const Error& failed) {
    throw UnreadableError(failed.what());
  }
  check_sound_length(bytes, name);
  cv::Mat sound;
  for (const std::span<const std::uint8_t> stream : chained_streams(bytes)) {
    // Of an MP3 without a Xing header libsndfile takes the length for what the first frames' bit
    // rate promises, and reads no further.
    const DecodedSound decoded =
        is_mp3(stream) ? decode_mp3(stream, name) : decode_stream(stream, name);
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
