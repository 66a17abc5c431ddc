#include "cmc/kernels/cpu/amx_products.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace cmc::kernels {

// The compiler doesn't know that tiles are read from memory and written there.
__attribute__((target("amx-tile,amx-bf16"))) void amx_block_sum(std::span<const AmxFactors> factors,
                                                                const AmxShape& shape, bool add,
                                                                float* c, std::int64_t stride) {
  constexpr std::int64_t tile = amx_block / 2;
  const long left = shape.left_stride * 2, right = amx_block * 4, rows = stride * 4;
  float* const below = c + tile * stride;
  asm volatile("" ::: "memory");
  if (add) {
    _tile_loadd(0, c, rows);
    _tile_loadd(1, c + tile, rows);
    _tile_loadd(2, below, rows);
    _tile_loadd(3, below + tile, rows);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (const AmxFactors& own : factors)
    for (std::int64_t i = 0; i < shape.k; i += amx_block) {
      const std::uint16_t *const a = own.left + i, *const b = own.right + i * amx_block;
      _tile_loadd(4, a, left);
      _tile_loadd(6, b, right);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(7, b + amx_block, right);
      _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, a + tile * shape.left_stride, left);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  _tile_stored(0, c, rows);
  _tile_stored(1, c + tile, rows);
  _tile_stored(2, below, rows);
  _tile_stored(3, below + tile, rows);
  asm volatile("" ::: "memory");
}

void amx_multiply(const AmxFactors& factors, const AmxShape& shape, std::int64_t m, std::int64_t n,
                  bool add, float* c, std::int64_t stride) {
  for (std::int64_t j = 0; j < n; j += amx_block)
    for (std::int64_t i = 0; i < m; i += amx_block) {
      const AmxFactors own{factors.left + i * shape.left_stride, factors.right + j * shape.k};
      amx_block_sum({&own, 1}, shape, add, c + i * stride + j, stride);
    }
}

}  // namespace cmc::kernels

#else

namespace cmc::kernels {

void amx_block_sum(std::span<const AmxFactors>, const AmxShape&, bool, float*, std::int64_t) {}
void amx_multiply(const AmxFactors&, const AmxShape&, std::int64_t, std::int64_t, bool, float*,
                  std::int64_t) {}

}  // namespace cmc::kernels

#endif
