#pragma once

#include <cstdint>

namespace cmc::kernels {

/// Rows and columns of the blocks that amx_multiply works on.
inline constexpr std::int64_t amx_block = 32;

/// A product's left factor, bfloat16 [m, k] of rows `stride` apart.
struct AmxLeft {
  const std::uint16_t* values;
  std::int64_t stride;
};

/// Its right factor, bfloat16 [k, n] as pairs [k / 2, columns, 2] (pair_rows in amx_layout.h) with
/// n of the columns.
struct AmxRight {
  const std::uint16_t* pairs;
  std::int64_t columns;
};

/// c[m, n] = a · b, or c += a · b where `add`; sums are float32. m, n and k are multiples of
/// amx_block, c's rows `stride` apart. The calling thread's tiles are set (AmxTiles).
void amx_multiply(const AmxLeft& a, const AmxRight& b, std::int64_t m, std::int64_t n,
                  std::int64_t k, bool add, float* c, std::int64_t stride);

}  // namespace cmc::kernels
