#include "cmc/data/decode_audio.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <vector>

#include "cmc/data/unreadable.h"

namespace cmc::data {
namespace {

constexpr int zero_crossings = 32;
constexpr double kaiser_beta = 9;
constexpr double rolloff = 0.95;
/// Of a file, in samples a second: ultrasound is below it, and a filter's taps stay below 300 MB.
constexpr int highest_rate = 1'000'000;

/// libsndfile reads what is left of a cut WAV file without a word: compares the sizes that its
/// chunks state with the file's.
void check_riff(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  char mark[12];
  if (!in.read(mark, sizeof mark) || std::memcmp(mark, "RIFF", 4) != 0) return;
  const std::uint64_t size = std::filesystem::file_size(path);
  std::uint64_t at = 12;
  while (at + 8 <= size) {
    unsigned char head[8];
    in.seekg(static_cast<std::streamoff>(at));
    if (!in.read(reinterpret_cast<char*>(head), sizeof head)) return;
    const std::uint64_t length =
        head[4] | head[5] << 8 | head[6] << 16 | static_cast<std::uint64_t>(head[7]) << 24;
    const bool streamed = length == 0xffffffff;  // written to a pipe: its length was not known
    if (std::memcmp(head, "data", 4) == 0) {
      if (!streamed && at + 8 + length > size)
        throw UnreadableError(fmt::format(
            "{}: byte {}: cut short: its header says that {} bytes of sound follow byte {}",
            path.string(), size, length, at + 8));
      return;
    }
    at += 8 + length + length % 2;
  }
  throw UnreadableError(
      fmt::format("{}: byte {}: a WAV file without sound, or with a damaged header", path.string(),
                  std::min(at, size)));
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

/// The mean of the channels, 1 × T. Block by block, since a header may promise any length: of an
/// Ogg file whose end is missing libsndfile says that it is endless.
cv::Mat read_mono(SNDFILE* file, const SF_INFO& info, const std::filesystem::path& path) {
  constexpr sf_count_t block = 16384;
  std::vector<float> frames(static_cast<std::size_t>(block * info.channels)), mono;
  while (const sf_count_t count = sf_readf_float(file, frames.data(), block)) {
    for (sf_count_t i = 0; i < count; ++i) {
      float sum = 0;
      for (int c = 0; c < info.channels; ++c)
        sum += frames[static_cast<std::size_t>(i * info.channels + c)];
      mono.push_back(sum / static_cast<float>(info.channels));
      if (!std::isfinite(mono.back()))
        throw UnreadableError(
            fmt::format("{}: sample {} is not finite", path.string(), mono.size() - 1));
    }
    if (mono.size() > std::numeric_limits<int>::max() - block)
      throw UnreadableError(fmt::format("{}: longer than {} samples", path.string(), mono.size()));
  }
  if (info.frames == SF_COUNT_MAX)
    throw UnreadableError(fmt::format(
        "{}: cut short, or written to a pipe: what says that it ends is missing", path.string()));
  if (static_cast<sf_count_t>(mono.size()) != info.frames)
    throw UnreadableError(fmt::format("{}: damaged or cut short: {} of {} samples can be read",
                                      path.string(), mono.size(), info.frames));
  return cv::Mat(mono, true).reshape(1, 1);
}

}  // namespace

cv::Mat resample(const cv::Mat& sound, std::int64_t from, std::int64_t to) {
  check(from > 0 && to > 0, "sound of {} samples a second was asked for at {}: both are positive",
        from, to);
  if (from == to) return sound;
  const std::shared_ptr<const Filter> filter = filter_of(from, to);
  const std::int64_t length = sound.cols, made = (length * to + from - 1) / from;
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
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw UnreadableError(fmt::format("{}: there is no such file", path.string()));
  check_riff(path);
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info),
                                                         sf_close);
  if (!file) {
    const std::string reason =
        sf_error(nullptr) == 0 ? "" : fmt::format(": {}", sf_strerror(nullptr));
    throw UnreadableError(
        fmt::format("{}: byte 0: no sound file that can be read (WAV, FLAC, Ogg Vorbis or Opus){}",
                    path.string(), reason));
  }
  if (info.frames <= 0 || info.channels <= 0)
    throw UnreadableError(fmt::format("{}: holds no sound", path.string()));
  if (info.samplerate <= 0 || info.samplerate > highest_rate)
    throw UnreadableError(
        fmt::format("{}: {} samples a second by its header, which is damaged; at most {} are read",
                    path.string(), info.samplerate, highest_rate));
  return resample(read_mono(file.get(), info, path), info.samplerate, rate);
}

}  // namespace cmc::data
