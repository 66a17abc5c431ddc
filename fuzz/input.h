#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "fuzz/readers.h"

namespace cmc::fuzz {

/// Takes an input apart where a reader opens several files, or has choices. Past its end there are
/// zeros.
class Input {
 public:
  explicit Input(Bytes bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  /// Two bytes of length, little-endian, and as many bytes, or as many as are left.
  Bytes piece() {
    const std::size_t low = byte(), high = byte();
    return cut(low | high << 8);
  }

  Bytes rest() { return cut(bytes_.size()); }

 private:
  Bytes cut(std::size_t size) {
    const Bytes piece = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(piece.size());
    return piece;
  }

  Bytes bytes_;
};

}  // namespace cmc::fuzz
