#include "cmc/kernels/cpu/amx_products.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace cmc::kernels {
namespace {

constexpr std::int64_t tile = amx_block / 2;

/// Four tiles of c by two of each factor at once. The compiler doesn't know that tiles are read
/// from memory and written there.
__attribute__((target("amx-tile,amx-bf16"))) void multiply_block(const AmxLeft& a,
                                                                 const AmxRight& b, std::int64_t k,
                                                                 bool add, float* c,
                                                                 std::int64_t stride) {
  const long left = a.stride * 2, right = b.columns * 4, rows = stride * 4;
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
  for (std::int64_t i = 0; i < k; i += amx_block) {
    const std::uint16_t *const above = a.values + i, *const pairs = b.pairs + i * b.columns;
    _tile_loadd(4, above, left);
    _tile_loadd(6, pairs, right);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, pairs + amx_block, right);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, above + tile * a.stride, left);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, c, rows);
  _tile_stored(1, c + tile, rows);
  _tile_stored(2, below, rows);
  _tile_stored(3, below + tile, rows);
  asm volatile("" ::: "memory");
}

}  // namespace

void amx_multiply(const AmxLeft& a, const AmxRight& b, std::int64_t m, std::int64_t n,
                  std::int64_t k, bool add, float* c, std::int64_t stride) {
  for (std::int64_t i = 0; i < m; i += amx_block)
    for (std::int64_t j = 0; j < n; j += amx_block)
      multiply_block({a.values + i * a.stride, a.stride}, {b.pairs + 2 * j, b.columns}, k, add,
                     c + i * stride + j, stride);
}

}  // namespace cmc::kernels

#else

namespace cmc::kernels {

void amx_multiply(const AmxLeft&, const AmxRight&, std::int64_t, std::int64_t, std::int64_t, bool,
                  float*, std::int64_t) {}

}  // namespace cmc::kernels

#endif
