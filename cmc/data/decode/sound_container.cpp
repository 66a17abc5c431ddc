#include "cmc/data/decode/sound_container.h"

#include <algorithm>
#include <string_view>

#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

/// Lengths of 32 bits from here on that lead beyond the file are placeholders: sox writes
/// 0x7ffff000, others 0x7fffffff, 0x80000000, 0xffffffff, or these less the header.
constexpr std::uint64_t least_placeholder = 0x7ffff000;

void check_covered(const files::CheckedBytes& file, std::size_t at, std::uint64_t length,
                   bool streamed) {
  const std::size_t there = file.size() - std::min(at, file.size());
  if (length <= there || streamed) return;
  file.refuse(file.size(), "cut short: its header says that {} bytes of sound follow byte {}",
              length, at);
}

/// How the chunks of a container are laid out.
struct ChunkLayout {
  std::size_t first;             // where the first chunk starts
  std::string_view sound;        // the mark of the chunk that holds it
  std::size_t mark, size;        // bytes of a chunk's mark and of its length
  bool big_endian, counts_head;  // whether a length includes the chunk's head
  std::size_t multiple;          // what a chunk's length is filled up to
};

constexpr ChunkLayout wav = {12, "data", 4, 4, false, false, 2};
constexpr ChunkLayout aiff = {12, "SSND", 4, 4, true, false, 2};
constexpr ChunkLayout wave64 = {40, "data\xf3\xac\xd3\x11", 16, 8, false, true, 8};

/// Finds the chunk that holds the sound. `long_length` stands for a length of 0xffffffff.
void check_chunks(const files::CheckedBytes& file, const ChunkLayout& layout,
                  std::uint64_t long_length = 0) {
  const std::size_t head = layout.mark + layout.size;
  std::size_t at = layout.first;
  while (at + head <= file.size()) {
    std::uint64_t length = layout.big_endian ? file.big_endian(at + layout.mark, layout.size)
                                             : file.little_endian(at + layout.mark, layout.size);
    if (layout.counts_head) length -= std::min<std::uint64_t>(length, head);
    const bool is_sound = file.has(at, layout.sound);
    if (is_sound && length == 0xffffffff && long_length != 0) length = long_length;
    if (is_sound) {
      check_covered(file, at + head, length,
                    layout.size == 4 && length >= least_placeholder && long_length == 0);
      return;
    }
    if (length > file.size() - at - head) break;
    const std::uint64_t whole = layout.counts_head ? head + length : length;
    const std::uint64_t padding = (layout.multiple - whole % layout.multiple) % layout.multiple;
    at += head + static_cast<std::size_t>(length + padding);
  }
  file.refuse(std::min(at, file.size()), "a sound file without sound, or with a damaged header");
}

/// The length of an RF64 file's sound, from its ds64 chunk; 0 without one.
std::uint64_t length_of_rf64(const files::CheckedBytes& file) {
  return file.has(12, "ds64") && file.size() >= 36 ? file.little_endian(28, 8) : 0;
}

}  // namespace

void check_sound_length(std::span<const std::uint8_t> bytes, const std::string& name) {
  const files::CheckedBytes file(bytes, name, "sound");
  if (file.has(0, "RIFF") && file.has(8, "WAVE")) return check_chunks(file, wav);
  if ((file.has(0, "RF64") || file.has(0, "BW64")) && file.has(8, "WAVE"))
    return check_chunks(file, wav, length_of_rf64(file));
  if (file.has(0, "FORM") && (file.has(8, "AIFF") || file.has(8, "AIFC")))
    return check_chunks(file, aiff);
  if (file.has(0, "riff\x2e\x91\xcf\x11")) return check_chunks(file, wave64);
  if (file.has(0, ".snd") && file.size() >= 12) {
    const std::uint64_t length = file.big_endian(8, 4);
    check_covered(file, static_cast<std::size_t>(file.big_endian(4, 4)), length,
                  length >= least_placeholder);
  }
}

std::vector<std::span<const std::uint8_t>> chained_streams(std::span<const std::uint8_t> bytes) {
  static const std::string unnamed;
  const files::CheckedBytes file(bytes, unnamed, "Ogg");
  constexpr std::size_t head = 27;
  constexpr unsigned begins = 2;
  std::vector<std::size_t> starts = {0};
  bool within = false;  // behind the pages with which the present streams begin
  for (std::size_t at = 0; file.has(at, "OggS") && file.size() - at >= head;) {
    const std::size_t segments = file[at + 26];
    if (file.size() - at - head < segments) break;
    std::size_t length = head + segments;
    for (const std::uint8_t segment : file.slice(at + head, segments)) length += segment;
    const bool begin = (file[at + 5] & begins) != 0;
    if (begin && within) starts.push_back(at);
    within = !begin;
    if (length > file.size() - at) break;
    at += length;
  }
  std::vector<std::span<const std::uint8_t>> streams;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : bytes.size();
    streams.push_back(bytes.subspan(starts[i], end - starts[i]));
  }
  return streams;
}

}  // namespace cmc::data
