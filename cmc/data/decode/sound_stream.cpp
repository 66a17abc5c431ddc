#include "cmc/data/decode/sound_stream.h"

#include <sndfile.h>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Of a file, in samples a second: ultrasound is below it, and a filter's taps stay below 300 MB.
constexpr int highest_rate = 1'000'000;
/// A damaged header's 3 samples a second would be made ten thousand times as many.
constexpr int lowest_rate = 100;

constexpr sf_count_t block = 16384;

bool holds_flac(const SF_INFO& info) {
  return (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
}

}  // namespace

struct SoundStream::File {
  /// What libsndfile reads from.
  struct SoundBytes {
    std::span<const std::uint8_t> bytes;
    sf_count_t at = 0;

    sf_count_t size() const { return static_cast<sf_count_t>(bytes.size()); }
  };

  static SF_VIRTUAL_IO reader() {
    SF_VIRTUAL_IO io{};
    io.get_filelen = [](void* source) { return static_cast<SoundBytes*>(source)->size(); };
    io.tell = [](void* source) { return static_cast<SoundBytes*>(source)->at; };
    io.seek = [](sf_count_t offset, int whence, void* user) {
      auto& source = *static_cast<SoundBytes*>(user);
      const sf_count_t from = whence == SEEK_CUR   ? source.at
                              : whence == SEEK_END ? source.size()
                                                   : 0;
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

  SoundBytes source;
  SF_INFO info{};
  std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> handle{nullptr, sf_close};

  /// Appends up to `most` samples from where it stands; as many as there are.
  void append(sf_count_t most, const std::string& name, DecodedSound& sound) const {
    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<float> frames(static_cast<std::size_t>(std::min(block, most)) * channels);
    while (most > 0) {
      const sf_count_t count = sf_readf_float(handle.get(), frames.data(), std::min(block, most));
      if (count == 0) return;
      append_frames(
          std::span<const float>(frames).first(static_cast<std::size_t>(count) * channels),
          channels, name, sound);
      most -= count;
    }
  }
};

SoundStream::SoundStream(std::span<const std::uint8_t> bytes, std::string name)
    : file_(std::make_unique<File>()), name_(std::move(name)) {
  file_->source.bytes = bytes;
  SF_VIRTUAL_IO io = File::reader();
  SF_INFO& info = file_->info;
  file_->handle.reset(sf_open_virtual(&io, SFM_READ, &info, &file_->source));
  if (!file_->handle) {
    const std::string reason =
        sf_error(nullptr) == 0 ? "" : fmt::format(": {}", sf_strerror(nullptr));
    throw UnreadableError(
        fmt::format("{}: byte 0: not a readable sound file (WAV, FLAC, MP3, Ogg Vorbis or Opus){}",
                    name_, reason));
  }
  if (info.frames <= 0 || info.channels <= 0)
    throw UnreadableError(fmt::format("{}: holds no sound", name_));
  if (info.samplerate < lowest_rate || info.samplerate > highest_rate)
    throw UnreadableError(
        fmt::format("{}: {} samples a second by its header, which is damaged; {} to {} are read",
                    name_, info.samplerate, lowest_rate, highest_rate));
}

SoundStream::~SoundStream() = default;

std::int64_t SoundStream::rate() const {
  return file_->info.samplerate;
}

std::optional<std::int64_t> SoundStream::length() const {
  const sf_count_t frames = file_->info.frames;
  return frames == SF_COUNT_MAX ? std::nullopt : std::optional<std::int64_t>(frames);
}

bool SoundStream::can_be_entered() const {
  if (file_->info.seekable == 0 || !length()) return false;
  if (holds_flac(file_->info)) return true;
  const int coding = file_->info.format & SF_FORMAT_SUBMASK;
  return cannot_be_damaged() || coding == SF_FORMAT_FLOAT || coding == SF_FORMAT_DOUBLE;
}

bool SoundStream::cannot_be_damaged() const {
  if (holds_flac(file_->info)) return false;
  switch (file_->info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
      return true;
    default:
      return false;
  }
}

/// Block by block until there is no more, since a header may promise any length: of an Ogg file
/// whose end is missing libsndfile says that it is endless.
DecodedSound SoundStream::read() const {
  const SF_INFO& info = file_->info;
  DecodedSound sound{.rate = info.samplerate, .samples = {}};
  file_->append(SF_COUNT_MAX, name_, sound);
  const auto found = static_cast<sf_count_t>(sound.samples.size());
  // A FLAC that was written to a pipe states no length: its frames tell.
  if (info.frames == SF_COUNT_MAX && !holds_flac(info))
    throw UnreadableError(fmt::format(
        "{}: cut short, or written to a pipe: what says that it ends is missing", name_));
  if (found != info.frames && info.frames != SF_COUNT_MAX)
    throw UnreadableError(fmt::format("{}: damaged or cut short: {} of {} samples can be read",
                                      name_, found, info.frames));
  return sound;
}

DecodedSound SoundStream::read(const Stretch& stretch) const {
  DecodedSound sound{.rate = file_->info.samplerate, .samples = {}};
  sound.samples.reserve(static_cast<std::size_t>(stretch.count));
  const bool found = sf_seek(file_->handle.get(), stretch.first, SEEK_SET) == stretch.first;
  if (found) file_->append(stretch.count, name_, sound);
  if (static_cast<std::int64_t>(sound.samples.size()) != stretch.count)
    throw UnreadableError(
        fmt::format("{}: damaged or cut short: {} of the {} samples from {} on can be read", name_,
                    sound.samples.size(), stretch.count, stretch.first));
  return sound;
}

}  // namespace cmc::data
