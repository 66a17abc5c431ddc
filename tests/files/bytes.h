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

/// Appends a number of `size` bytes, the lowest first, or last.
inline void put_little(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}
inline void put_big(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = size; i > 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * (i - 1)));
}

inline void append(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}
inline void append(Bytes& bytes, const Bytes& others) {
  bytes.insert(bytes.end(), others.begin(), others.end());
}

}  // namespace cmc
