#pragma once

#include <zlib.h>

#include <string_view>

#include "tests/files/bytes.h"

namespace cmc {

/// A PNG chunk with its length and checksum.
inline Bytes png_chunk(std::string_view type, const Bytes& data) {
  Bytes checked;
  append(checked, type);
  append(checked, data);
  Bytes chunk;
  put_big(chunk, data.size(), 4);
  append(chunk, checked);
  put_big(chunk, crc32(0, checked.data(), static_cast<uInt>(checked.size())), 4);
  return chunk;
}

/// What a PNG is: `rows` are its bytes, without filter bytes; `colour_type` as in the
/// specification; `before_data` are chunks that stand before the compressed rows.
struct PngFile {
  std::uint32_t width, height;
  int bits, colour_type;
  Bytes rows;
  Bytes before_data = {};
};

inline Bytes png(const PngFile& file) {
  Bytes bytes{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, header;
  put_big(header, file.width, 4);
  put_big(header, file.height, 4);
  append(header, Bytes{static_cast<std::uint8_t>(file.bits),
                       static_cast<std::uint8_t>(file.colour_type), 0, 0, 0});
  append(bytes, png_chunk("IHDR", header));
  append(bytes, file.before_data);
  Bytes filtered;
  const std::size_t row = file.rows.size() / file.height;
  for (std::size_t at = 0; at < file.rows.size(); at += row) {
    filtered.push_back(0);
    filtered.insert(filtered.end(), file.rows.begin() + static_cast<std::ptrdiff_t>(at),
                    file.rows.begin() + static_cast<std::ptrdiff_t>(at + row));
  }
  uLongf size = compressBound(filtered.size());
  Bytes packed(size);
  compress(packed.data(), &size, filtered.data(), filtered.size());
  packed.resize(size);
  append(bytes, png_chunk("IDAT", packed));
  append(bytes, png_chunk("IEND", {}));
  return bytes;
}

}  // namespace cmc
