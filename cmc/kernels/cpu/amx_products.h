#pragma once

#include <cstdint>
#include <span>

namespace cmc::kernels {

/// Rows and columns of the blocks that products are made of: two tiles of 16 float32 along each.
inline constexpr std::int64_t amx_block = 32;

/// A product's factors, bfloat16: left [m, k] with rows `left_stride` apart, and right [k, n] in
/// panels of amx_block columns (pair_rows in amx_layout.h).
struct AmxFactors {
  const std::uint16_t* left;
  const std::uint16_t* right;
};

/// What the factors of several products have in common.
struct AmxShape {
  std::int64_t k = 0;  ///< a multiple of amx_block
  std::int64_t left_stride = 0;
};

// The calling thread's tiles are set (AmxTiles); sums are float32, and rows of c `stride` apart.

/// c[amx_block, amx_block] = Σ left · right over the factors, or c += that where `add`.
void amx_block_sum(std::span<const AmxFactors> factors, const AmxShape& shape, bool add, float* c,
                   std::int64_t stride);

/// c[m, n] = left · right, or c += that where `add`. m and n are multiples of amx_block.
void amx_multiply(const AmxFactors& factors, const AmxShape& shape, std::int64_t m, std::int64_t n,
                  bool add, float* c, std::int64_t stride);

}  // namespace cmc::kernels
