#include "cmc/data/decode/mp3.h"
#include "cmc/error.h"

#include <fmt/format.h>
#include <mpg123.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

/// What mpg123 reads from.
struct Mp3Source {
  std::span<const std::uint8_t> bytes;
  off_t at = 0;
};

mpg123_ssize_t read_mp3(void* handle, void* to, std::size_t length) {
  auto& source = *static_cast<Mp3Source*>(handle);
  const std::size_t at = std::min(static_cast<std::size_t>(source.at), source.bytes.size());
  const std::size_t count = std::min(length, source.bytes.size() - at);
  std::copy_n(source.bytes.data() + at, count, static_cast<std::uint8_t*>(to));
  source.at += static_cast<off_t>(count);
  return static_cast<mpg123_ssize_t>(count);
}

off_t seek_mp3(void* handle, off_t offset, int whence) {
  auto& source = *static_cast<Mp3Source*>(handle);
  const off_t from = whence == SEEK_CUR   ? source.at
                     : whence == SEEK_END ? static_cast<off_t>(source.bytes.size())
                                          : 0;
  if (from + offset < 0) return -1;
  return source.at = from + offset;
}

/// Where the first frame may start: behind the tags at the file's beginning.
std::size_t behind_id3(const files::CheckedBytes& file) {
  constexpr std::size_t head = 10;
  std::size_t at = 0;
  while (file.has(at, "ID3") && file.size() - at >= head) {
    std::size_t length = 0;  // 7 bits a byte
    for (std::size_t i = 6; i < head; ++i) length = length << 7 | (file[at + i] & 0x7fu);
    const bool footer = (file[at + 5] & 0x10) != 0;
    at += head + length + (footer ? head : 0);
  }
  return std::min(at, file.size());
}

bool is_frame(const files::CheckedBytes& file, std::size_t at) {
  if (file.size() < 4 || at > file.size() - 4) return false;
  constexpr unsigned reserved_version = 1, no_layer = 0, no_rate = 15, reserved_frequency = 3;
  const unsigned second = file[at + 1], third = file[at + 2];
  return file[at] == 0xff && (second & 0xe0) == 0xe0 && (second >> 3 & 3) != reserved_version &&
         (second >> 1 & 3) != no_layer && third >> 4 != no_rate &&
         (third >> 2 & 3) != reserved_frequency;
}

/// The number of frames that a header in the first frame states; 0 without one.
std::uint64_t stated_frames(const files::CheckedBytes& file) {
  const std::size_t start = behind_id3(file);
  constexpr std::size_t searched = 4096;
  const std::size_t end = std::min(file.size(), start + searched);
  for (std::size_t at = start; at < end; ++at) {
    if (!is_frame(file, at)) continue;
    constexpr std::size_t vbri_at = 36;
    if (file.has(at + vbri_at, "VBRI") && file.size() >= at + vbri_at + 18)
      return file.big_endian(at + vbri_at + 14, 4);
    // Behind 4 bytes of header, perhaps 2 of checksum, and 9, 17 or 32 of side information.
    for (const std::size_t place : {13u, 15u, 21u, 23u, 36u, 38u}) {
      const std::size_t mark = at + place;
      if (!file.has(mark, "Xing") && !file.has(mark, "Info")) continue;
      if (file.size() < mark + 12 || (file[mark + 7] & 1) == 0) return 0;
      return file.big_endian(mark + 8, 4);
    }
  }
  return 0;
}

}  // namespace

bool is_mp3(std::span<const std::uint8_t> bytes) {
  static const std::string unnamed;
  const files::CheckedBytes file(bytes, unnamed, "MP3");
  std::size_t at = behind_id3(file);
  while (at > 0 && at < file.size() && file[at] == 0) ++at;  // filling of a tag
  return is_frame(file, at);
}

DecodedSound decode_mp3(std::span<const std::uint8_t> bytes, const std::string& name) {
  const files::CheckedBytes file(bytes, name, "MP3");
  int error = MPG123_OK;
  const std::unique_ptr<mpg123_handle, void (*)(mpg123_handle*)> mp3(mpg123_new(nullptr, &error),
                                                                     mpg123_delete);
  check(mp3 != nullptr, "libmpg123 can't start: {}", mpg123_plain_strerror(error));
  mpg123_handle* const handle = mp3.get();
  const auto require = [&](int status) {
    if (status == MPG123_OK) return;
    throw UnreadableError(fmt::format("{}: bytes 0 to {}: damaged MP3 data ({})", name,
                                      bytes.size() - 1, mpg123_strerror(handle)));
  };
  require(mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT, 0));
  require(mpg123_param(handle, MPG123_RESYNC_LIMIT, -1, 0));  // tags at the end may be long
  require(mpg123_replace_reader_handle(handle, read_mp3, seek_mp3, nullptr));
  Mp3Source source{bytes};
  require(mpg123_open_handle(handle, &source));
  long rate = 0;
  int channels = 0, encoding = 0;
  require(mpg123_getformat(handle, &rate, &channels, &encoding));

  DecodedSound sound{.rate = rate, .samples = {}};
  std::vector<float> frames(static_cast<std::size_t>(16384 * channels));
  for (int status = MPG123_OK; status != MPG123_DONE;) {
    std::size_t done = 0;
    status = mpg123_read(handle, frames.data(), frames.size() * sizeof(float), &done);
    if (status == MPG123_NEW_FORMAT) {
      long new_rate = 0;
      int new_channels = 0;
      require(mpg123_getformat(handle, &new_rate, &new_channels, &encoding));
      if (new_rate != rate || new_channels != channels)
        throw UnreadableError(
            fmt::format("{}: the MP3 changes from {} to {} Hz or from {} to {} channels at sample "
                        "{}; one kind of sound was expected",
                        name, rate, new_rate, channels, new_channels, sound.samples.size()));
    } else if (status != MPG123_DONE) {
      require(status);
    }
    append_frames(std::span<const float>(frames).first(done / sizeof(float)),
                  static_cast<std::size_t>(channels), name, sound);
  }
  const std::uint64_t stated = stated_frames(file);
  const auto found = static_cast<std::uint64_t>(std::max<off_t>(0, mpg123_tellframe(handle)));
  if (found + 1 < stated)  // some writers count the header as a frame
    throw UnreadableError(fmt::format(
        "{}: damaged or cut short: {} of the {} frames that its header states can be read", name,
        found, stated));
  return sound;
}

}  // namespace cmc::data
