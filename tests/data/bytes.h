#pragma once

#include <cstdint>
#include <vector>

namespace cmc::data {

using Bytes = std::vector<std::uint8_t>;

/// The first `size` of them: a file that was cut.
inline Bytes cut(Bytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

}  // namespace cmc::data
