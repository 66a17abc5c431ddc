#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cmc {

using Bytes = std::vector<std::uint8_t>;

/// The first `size` of them: a file that was cut.
inline Bytes cut(Bytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

/// Byte `place` of a number, the lowest first; 0 beyond its eight.
inline std::uint8_t byte_of(std::uint64_t value, int place) {
  return place < 8 ? static_cast<std::uint8_t>(value >> 8 * place) : std::uint8_t{0};
}

/// Appends a number of `size` bytes, the lowest first, or last.
inline void put_little(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(byte_of(value, i));
}
inline void put_big(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = size; i > 0; --i) bytes.push_back(byte_of(value, i - 1));
}

inline void append(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}
inline void append(Bytes& bytes, const Bytes& others) {
  bytes.insert(bytes.end(), others.begin(), others.end());
}

}  // namespace cmc
