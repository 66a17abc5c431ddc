#include "cmc/kernels/cpu/amx_layout.h"

#include <algorithm>

#if defined(__x86_64__)

// GCC 12 takes what its own intrinsics leave undefined for a fault (its PR 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>

#define CMC_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace cmc::kernels {
namespace {

/// The columns of a block of at most 16 that a matrix still has.
__mmask16 up_to(std::int64_t count) {
  return static_cast<__mmask16>((1u << std::clamp<std::int64_t>(count, 0, 16)) - 1);
}

/// Two rows of 32 as pairs: those of the first 16 columns, and the others'.
struct Pairs {
  __m512i first, second;
};

CMC_AVX512 Pairs paired(const std::uint16_t* even, const std::uint16_t* odd) {
  const __m512i a = _mm512_loadu_si512(even), b = _mm512_loadu_si512(odd);
  // Unpacking takes four columns of each eight; these put them in order.
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
                high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  const __m512i left = _mm512_unpacklo_epi16(a, b), right = _mm512_unpackhi_epi16(a, b);
  return {_mm512_permutex2var_epi64(left, low, right),
          _mm512_permutex2var_epi64(left, high, right)};
}

/// 16 rows of 16 words: of 2 × 2, then 4 × 4 in each quarter, then of the quarters.
CMC_AVX512 void transpose(__m512i (&r)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  constexpr int even = 0x88, odd = 0xdd;  // quarters
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], even);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], odd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], even);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], odd);
  }
  for (int i = 0; i < 8; ++i) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], even);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], odd);
  }
}

}  // namespace

CMC_AVX512 void round_rows(const float* from, std::int64_t from_stride, std::int64_t n,
                           std::int64_t width, std::uint16_t* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < n; ++r)
    for (std::int64_t c = 0; c < width; c += 16) {
      const __mmask16 columns = up_to(width - c);
      const __m512 values = _mm512_maskz_loadu_ps(columns, from + r * from_stride + c);
      _mm256_mask_storeu_epi16(to + r * to_stride + c, columns,
                               reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
    }
}

CMC_AVX512 void pair_rows(const std::uint16_t* from, std::int64_t from_stride, std::int64_t n,
                          std::int64_t width, std::uint16_t* to) {
  for (std::int64_t r = 0; r < n; r += 2)
    for (std::int64_t c = 0; c < width; c += 32) {
      const std::uint16_t* const row = from + r * from_stride + c;
      const Pairs pairs = paired(row, row + from_stride);
      std::uint16_t* const place = to + c * n + r * 32;
      _mm512_storeu_si512(place, pairs.first);
      _mm512_storeu_si512(place + 32, pairs.second);
    }
}

void pair_columns(const std::uint16_t* from, std::int64_t from_stride, std::int64_t n,
                  std::int64_t width, std::uint16_t* to) {
  for (std::int64_t c = 0; c < width; c += 32)
    transpose_words(from + c * from_stride, from_stride / 2, 32, n / 2, to + c * n, 32);
}

CMC_AVX512 void transpose_rows(const std::uint16_t* from, std::int64_t n, std::int64_t width,
                               std::uint16_t* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < n; r += 32)
    for (std::int64_t c = 0; c < width; c += 32) {
      __m512i left[16], right[16];
      for (std::int64_t i = 0; i < 16; ++i) {
        const std::uint16_t* const row = from + (r + 2 * i) * width + c;
        const Pairs pairs = paired(row, row + width);
        left[i] = pairs.first;
        right[i] = pairs.second;
      }
      transpose(left);
      transpose(right);
      for (int i = 0; i < 16; ++i) {
        _mm512_storeu_si512(to + (c + i) * to_stride + r, left[i]);
        _mm512_storeu_si512(to + (c + 16 + i) * to_stride + r, right[i]);
      }
    }
}

CMC_AVX512 void transpose_words(const void* from, std::int64_t from_stride, std::int64_t n,
                                std::int64_t width, void* to, std::int64_t to_stride) {
  const auto* const rows = static_cast<const std::uint32_t*>(from);
  auto* const columns = static_cast<std::uint32_t*>(to);
  for (std::int64_t r = 0; r < n; r += 16)
    for (std::int64_t c = 0; c < width; c += 16) {
      __m512i block[16];
      for (std::int64_t i = 0; i < 16; ++i)
        block[i] =
            r + i < n ? _mm512_maskz_loadu_epi32(up_to(width - c), rows + (r + i) * from_stride + c)
                      : _mm512_setzero_si512();
      transpose(block);
      for (std::int64_t i = 0; i < std::min<std::int64_t>(16, width - c); ++i)
        _mm512_mask_storeu_epi32(columns + (c + i) * to_stride + r, up_to(n - r), block[i]);
    }
}

}  // namespace cmc::kernels

#endif
