#pragma once

#include <algorithm>
#include <utility>

#include "tests/files/bytes.h"

namespace cmc {

/// An uncompressed TIFF. `values` are those of the samples, pixel by pixel.
struct TiffFile {
  std::uint32_t width, height;
  int bits = 8, samples = 1;
  int photometric = 1;  // 0: white is 0, 1: black is 0, 2: R, G, B
  std::vector<std::uint32_t> values = {};
  std::vector<std::uint32_t> extra_samples = {};
  int format = 1;  // 1: without sign, 2: signed, 3: floats
  bool planes = false, tiles = false, big_endian = false;
};

inline Bytes tiff(const TiffFile& file) {
  const auto put = [&](Bytes& to, std::uint64_t value, int size) {
    file.big_endian ? put_big(to, value, size) : put_little(to, value, size);
  };
  constexpr std::uint32_t side = 16;  // of a tile
  const auto samples = static_cast<std::uint32_t>(file.samples);
  const std::uint32_t across = file.tiles ? side : file.width,
                      down = file.tiles ? side : file.height;
  Bytes data;
  std::vector<std::uint32_t> starts, lengths;
  for (std::uint32_t plane = 0; plane < (file.planes ? samples : 1); ++plane) {
    for (std::uint32_t top = 0; top < file.height; top += down) {
      for (std::uint32_t left = 0; left < file.width; left += across) {
        starts.push_back(8 + static_cast<std::uint32_t>(data.size()));
        for (std::uint32_t y = top; y < top + down; ++y) {
          for (std::uint32_t x = left; x < left + across; ++x) {
            for (std::uint32_t s = 0; s < samples; ++s) {
              if (file.planes && s != plane) continue;
              const bool inside = y < file.height && x < file.width;
              put(data, inside ? file.values[(y * file.width + x) * samples + s] : 0,
                  file.bits / 8);
            }
          }
        }
        lengths.push_back(8 + static_cast<std::uint32_t>(data.size()) - starts.back());
      }
    }
  }

  constexpr int half = 3, whole = 4;  // types
  struct Tag {
    int tag, type;
    std::vector<std::uint32_t> values;
  };
  const std::vector<std::uint32_t> bits(samples, static_cast<std::uint32_t>(file.bits));
  const std::vector<std::uint32_t> formats(samples, static_cast<std::uint32_t>(file.format));
  std::vector<Tag> tags = {{256, whole, {file.width}},
                           {257, whole, {file.height}},
                           {258, half, bits},
                           {259, half, {1}},
                           {262, half, {static_cast<std::uint32_t>(file.photometric)}},
                           {277, half, {samples}},
                           {284, half, {file.planes ? 2u : 1u}},
                           {339, half, formats}};
  if (!file.extra_samples.empty()) tags.push_back({338, half, file.extra_samples});
  if (file.tiles) {
    tags.push_back({322, half, {side}});
    tags.push_back({323, half, {side}});
    tags.push_back({324, whole, starts});
    tags.push_back({325, whole, lengths});
  } else {
    tags.push_back({273, whole, starts});
    tags.push_back({278, whole, {file.height}});
    tags.push_back({279, whole, lengths});
  }
  std::ranges::sort(tags, {}, &Tag::tag);
  const std::size_t directory = 8 + data.size();
  const std::size_t aside = directory + 2 + 12 * tags.size() + 4;
  Bytes entries, further;
  for (const Tag& tag : tags) {
    put(entries, static_cast<std::uint64_t>(tag.tag), 2);
    put(entries, static_cast<std::uint64_t>(tag.type), 2);
    put(entries, tag.values.size(), 4);
    Bytes values;
    for (const std::uint32_t value : tag.values) put(values, value, tag.type == half ? 2 : 4);
    if (values.size() <= 4) {
      values.resize(4);
      append(entries, values);
    } else {
      put(entries, aside + further.size(), 4);
      append(further, values);
    }
  }
  Bytes bytes;
  append(bytes, file.big_endian ? std::string_view("MM\0*", 4) : std::string_view("II*\0", 4));
  put(bytes, directory, 4);
  append(bytes, data);
  put(bytes, tags.size(), 2);
  append(bytes, entries);
  put(bytes, 0, 4);
  append(bytes, further);
  return bytes;
}

}  // namespace cmc
